// A worker at the edge: /?x=1,0 answers with the model's output. The model is a file of the deployment.
import { MLP, NeuralODE } from 'relode/inference'

const bytes = new NeuralODE(new MLP([2, 16, 2], { seed: 0 })).save() // in earnest: an asset or a binding
let model

export default {
  async fetch(request) {
    model ??= NeuralODE.from(bytes)
    const x = (new URL(request.url).searchParams.get('x') ?? '').split(',').map(Number)
    return Response.json([...model.forward(x)])
  },
}
