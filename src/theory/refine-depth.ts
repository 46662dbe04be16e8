import { vector } from '../core/boundary.ts'
import { checkInt } from '../core/check.ts'
import { ResNet } from '../models/resnet.ts'
import type { Field } from '../program/field.ts'
import { checkStepLayers, withLayers } from './layers.ts'

/** Twice the layers: where the old ones are cells of depth with their weights in the middle, the new ones are their halves. */
function halved(field: Field): Field {
  const { layers, parameters: old } = field
  const length = old.length / layers
  const fine = vector(field.dtype, 2 * old.length)
  for (let j = 0; j < 2 * layers; j++) {
    const own = j >> 1
    const other = Math.min(layers - 1, Math.max(0, j % 2 === 0 ? own - 1 : own + 1))
    for (let i = 0; i < length; i++) {
      const z = old[own * length + i] as number
      // In this form equal neighbours give the same number again, to the bit.
      fine[j * length + i] = z + ((old[other * length + i] as number) - z) / 4
    }
  }
  return withLayers(field, 2 * layers, fine)
}

/**
 * A residual network of twice the depth that starts where this one is: layer k of L, at depth (k - 1/2)/L, becomes two, 1/4 of
 * the way to its neighbours (the ends go on as they are). Where the weights are smooth in depth both are near the same neural
 * ODE, and their outputs are O(1/L) apart; no step between layers is longer than half the longest before. So train few layers,
 * refine, and go on.
 *
 * The field is a new one: dispose it, or the network. Its `rate` is doubled where it has layers, since the gradient to each is
 * half of what it was: dZ/dt = -L dl/dZ goes on as it was. Read-in and read-out are not copied: both networks use, and train,
 * the same.
 *
 * @throws RangeError for a scaleExponent other than 1, and for layers over a span of time
 */
export function refineDepth(net: ResNet): ResNet {
  const { field, readIn, readOut, adjoint, scaleExponent } = net
  checkStepLayers(net, 'take more steps of it, new ResNet(field, { depth })')
  if (scaleExponent !== 1)
    throw new RangeError(
      `scaleExponent must be 1 to refine the depth, got ${scaleExponent}: at others depth is another time span`,
    )
  const depth = checkInt('twice the depth', 2 * net.depth, 2, 2 ** 24)
  const fine = field.layers === 1 ? withLayers(field, 1, field.parameters) : halved(field)
  if (field.layers > 1) fine.rate = 2 * field.rate
  return new ResNet(fine, {
    ...{ depth, adjoint },
    ...(readIn === undefined ? {} : { readIn }),
    ...(readOut === undefined ? {} : { readOut }),
  })
}
