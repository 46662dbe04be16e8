/**
 * From asconfig.json: 0 in the core for inference, 1 in the others. What stands behind it is compiled into these alone: a solve
 * without gradients needs no checkpoints, and who solves stiff problems takes the whole core.
 */
declare const WHOLE: i32
