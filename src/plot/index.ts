/**
 * SVG figures from data, without a DOM, readable in light and dark.
 *
 * @module
 */
export { type FigureOptions, figure } from './figure.ts'
export { heat } from './heat.ts'
export {
  type Arrows,
  type ArrowsOptions,
  arrows,
  type Band,
  type BandOptions,
  band,
  type Dash,
  type Heat,
  type HeatOptions,
  type Layer,
  type Line,
  type LineOptions,
  line,
  type Points,
  type PointsOptions,
  points,
  type Rule,
  type RuleOptions,
  rule,
  type Shape,
  type Span,
  type SpanOptions,
  span,
  type Values,
} from './layers.ts'
export { type Panel, type PanelOptions, panel } from './panel.ts'
export type { Ramp } from './ramps.ts'
export type { Axis } from './scale.ts'
export { type Color, colors, type Theme } from './style.ts'
