/** The commands and their options. What a command does stands in the file of its name. */

import { Argument, Command, Option } from 'commander'
import { FORMS } from '../theory/machine.ts'
import { approximate } from './approximate/approximate.ts'
import { targets } from './approximate/targets.ts'
import { fit } from './fit.ts'
import { info } from './info.ts'
import * as parse from './options.ts'
import { predict } from './predict.ts'
import { experiments } from './reproduce/experiments.ts'
import { reproduce } from './reproduce/reproduce.ts'
import { activations, baselines, dtypes, lossesByName, scales, solvers } from './settings.ts'

const FIT_EXAMPLES = `
Examples:
  relode fit lynx-hare.csv --time year --state hare,lynx --log
  relode fit lynx-hare.csv --time year --state hare,lynx --log --holdout 1915 --baseline lotka-volterra
  relode fit patients.csv --time day --state dose,response --series patient --hidden 64,64 --activation tanh
  relode fit lynx-hare.csv --time year --state hare,lynx --log --resume        after Ctrl-C or a crash

The CSV needs a line with column names. Times may be irregular; an empty cell, NA, NaN, null or - is a missing value.
Writes model.safetensors, trajectory.csv and figure.svg. The same data and options give the same bytes.
Exit codes: 0 done, 1 bad input, 2 the training failed, 130 Ctrl-C (a checkpoint is written).`

const PREDICT_EXAMPLES = `
Examples:
  relode predict relode-lynx-hare/model.safetensors --from 1900 --to 1925 --step 0.25
  relode predict relode-lynx-hare --from 1920 --to 1940 --step 1 --initial 30,4 --out forecast.csv

Without --initial the trajectory is the fitted one: from the first time of the record, forwards and backwards.`

const REPRODUCE_EXAMPLES = `
Examples:
  relode reproduce resnet --quick                a part of it, in less than a minute
  relode reproduce resnet --jobs 2               all of it
  relode reproduce resnet --resume               after Ctrl-C or a crash

Writes numbers.json and figures as SVG. The same version gives the same numbers (but for seconds),
whatever --jobs is.
Exit codes: 0 done, 1 bad input, 2 a run failed, 130 Ctrl-C (checkpoints are written).`

const INFO_EXAMPLES = `
Examples:
  relode info relode-lynx-hare/model.safetensors
  relode info relode-lynx-hare --json`

const APPROXIMATE_EXAMPLES = `
Examples:
  relode approximate                               all targets: tables, and the figure of docs/theory.md
  relode approximate sqrt --d 2                    one of them
  relode approximate sin --d 1 --form counter,universal,interpolating --levels 8
  relode approximate --module bump.mjs --d 2 --lipschitz 3 --r 16,256,4096

A module's default export is a function of an array of --d numbers in [0, 1] that returns a number.
Errors are the largest over the whole cube, on a grid that cells of powers of 4 are not aligned with, and at the corners. Without
--levels they are those of one level (smooth: of four), and the pictures of four.
Writes figure.svg, approximate.json, errors.csv and values.csv.
Exit codes: 0 done, 1 bad input, 130 Ctrl-C (nothing is written).`

function option<T>(flags: string, description: string, parser?: parse.Parser<T>): Option {
  const made = new Option(flags, description)
  return parser === undefined ? made : made.argParser(parser)
}

const json = (): Option => option('--json', 'print one JSON document on stdout')

function fitCommand(command: Command): void {
  const size = parse.integer('--hidden', 1, 65536)
  command
    .description('fit a neural ODE to a table of measurements')
    .argument('<data>', 'CSV file')
    .addOption(option('--time <column>', 'column of times').makeOptionMandatory())
    .addOption(
      option('--state <columns>', 'columns to fit, between commas', parse.names('--state')).makeOptionMandatory(),
    )
    .addOption(option('--series <column>', 'column that tells several series apart'))
    .addOption(option('--log [columns]', 'fit natural logarithms of these columns (of all)', parse.names('--log')))
    .addOption(option('--scale <kind>', scales.join(' or '), parse.oneOf('--scale', scales)).default('standardise'))
    .addOption(option('--hidden <widths>', 'hidden layers', parse.list(size)).default([32, 32], '32,32'))
    .addOption(
      option('--activation <name>', activations.join(', '), parse.oneOf('--activation', activations)).default('relu'),
    )
    .addOption(option('--dtype <name>', dtypes.join(' or '), parse.oneOf('--dtype', dtypes)).default('f64'))
    .addOption(solverOption())
    .addOption(option('--rtol <number>', 'relative tolerance', parse.nonNegative('--rtol')).default(1e-4))
    .addOption(option('--atol <number>', 'absolute tolerance', parse.positive('--atol')).default(1e-4))
    .addOption(option('--epochs <count>', 'passes over the data', parse.integer('--epochs', 1, 1e8)).default(4000))
    .addOption(option('--lr <number>', 'learning rate of Adam', parse.positive('--lr')).default(5e-3))
    .addOption(lossOption())
    .addOption(
      option('--seed <integer>', 'of the first parameters', parse.integer('--seed', 0, 2 ** 53 - 1)).default(0),
    )
    .addOption(option('--holdout <time>', 'also fit up to this time, and forecast the rest', parse.number('--holdout')))
    .addOption(option('--baseline <model>', baselines.join(', '), parse.oneOf('--baseline', baselines)))
    .addOption(option('--out <folder>', 'where results go (default: relode-<name of the data>)'))
    .addOption(option('--resume', 'go on from the checkpoint in the folder').conflicts('force'))
    .addOption(option('--force', 'throw an existing checkpoint away and start over'))
    .addOption(
      option('--checkpoint-every <seconds>', 'between checkpoints', parse.nonNegative('--checkpoint-every')).default(5),
    )
    .addOption(json())
    .addHelpText('after', FIT_EXAMPLES)
    .action(fit)
}

function solverOption(): Option {
  const names = Object.keys(solvers)
  return option('--solver <name>', names.join(', '), parse.oneOf('--solver', names)).default('tsit5')
}

function lossOption(): Option {
  const names = Object.keys(lossesByName)
  return option('--loss <name>', names.join(', '), parse.oneOf('--loss', names)).default('mse')
}

function predictCommand(command: Command): void {
  command
    .description('solve a fitted model: values at equally spaced times, as CSV')
    .argument('<model>', 'model file, or the folder it is in')
    .addOption(option('--from <time>', 'first time', parse.number('--from')).makeOptionMandatory())
    .addOption(option('--to <time>', 'last time', parse.number('--to')).makeOptionMandatory())
    .addOption(option('--step <time>', 'distance of two times', parse.positive('--step')).makeOptionMandatory())
    .addOption(option('--series <id>', 'only this series (default: all)'))
    .addOption(
      option(
        '--initial <values>',
        'start from these values at --from',
        parse.list(parse.number('--initial')),
      ).conflicts('series'),
    )
    .addOption(option('--out <file>', 'where the CSV goes, - is stdout').default('-'))
    .addOption(json())
    .addHelpText('after', PREDICT_EXAMPLES)
    .action(predict)
}

function infoCommand(command: Command): void {
  command
    .description('show what a model file holds')
    .argument('<model>', 'model file, or the folder it is in')
    .addOption(json())
    .addHelpText('after', INFO_EXAMPLES)
    .action(info)
}

function reproduceCommand(command: Command): void {
  const names = Object.keys(experiments)
  const lines = Object.entries(experiments).map(([name, { description }]) => `  ${name.padEnd(16)}${description}`)
  command
    .description('run the experiments of a paper, and set the numbers beside its own')
    .addArgument(new Argument('<experiment>', names.join(' or ')).argParser(parse.oneOf('<experiment>', names)))
    .addOption(option('--quick', 'a part of it that takes less than a minute'))
    .addOption(
      option(
        '--data <path>',
        'ode-classifier: digits.csv, or a folder with the idx files of MNIST; cnf: two-circles or two-moons',
      ),
    )
    .addOption(
      option('--jobs <count>', 'threads (default: as many as the machine has)', parse.integer('--jobs', 1, 256)),
    )
    .addOption(option('--out <folder>', 'where results go (default: relode-<experiment>)'))
    .addOption(option('--resume', 'go on from what is in the folder').conflicts('force'))
    .addOption(option('--force', 'throw an unfinished run away and start over'))
    .addOption(option('--keep', 'keep the results of the parts, so that --resume --keep draws them again'))
    .addOption(
      option('--checkpoint-every <seconds>', 'between checkpoints', parse.nonNegative('--checkpoint-every')).default(
        10,
      ),
    )
    .addOption(json())
    .addHelpText('after', `\nExperiments:\n${lines.join('\n')}\n${REPRODUCE_EXAMPLES}`)
    .action(reproduce)
}

function approximateCommand(command: Command): void {
  const names = [...new Set(targets.map(({ name }) => name))]
  const list = targets.map(({ name, d, formula }) => `  ${name.padEnd(8)}--d ${d}   ${formula}`)
  const count = parse.integer('--r', 1, 65536)
  command
    .description('build the networks of the theorem of Zhang, Lu and Zhao for a function, and measure them')
    .addArgument(
      new Argument('[target]', `${names.join(', ')} (default: all)`).argParser(parse.oneOf('[target]', names)),
    )
    .addOption(option('--d <dimension>', 'only targets of 1, 2 or 3 variables', parse.integer('--d', 1, 3)))
    .addOption(
      option('--form <names>', `of g: ${FORMS.join(', ')}`, parse.list(parse.oneOf('--form', FORMS))).default(
        ['counter', 'smooth'],
        'counter,smooth; the first is drawn',
      ),
    )
    .addOption(option('--levels <count>', 'levels a step (default: of each form)', parse.integer('--levels', 1, 256)))
    .addOption(
      option('--r <counts>', 'compositions', parse.list(count)).default(
        [4, 16, 64, 256, 1024, 4096],
        '4,16,64,256,1024,4096',
      ),
    )
    .addOption(option('--module <file>', 'a function of your own; needs --d'))
    .addOption(
      option('--lipschitz <constant>', 'of the module’s function, for the bound', parse.positive('--lipschitz')),
    )
    .addOption(
      option('--out <folder>', 'where results go (default: relode-approximate or relode-approximate-<target>)'),
    )
    .addOption(json())
    .addHelpText('after', `\nTargets:\n${list.join('\n')}\n${APPROXIMATE_EXAMPLES}`)
    .action(approximate)
}

/** The program; it throws instead of ending the process, after it has said on stderr what is wrong. */
export function makeProgram(version: string): Command {
  const program = new Command('relode')
    .description('Continuous-depth ReLU networks: fit a neural ODE to measurements over time, and forecast.')
    .version(version, '--version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`relode: ${oneLine(text)}\n`) })
  fitCommand(program.command('fit'))
  predictCommand(program.command('predict'))
  infoCommand(program.command('info'))
  approximateCommand(program.command('approximate'))
  reproduceCommand(program.command('reproduce'))
  return program
}

function oneLine(text: string): string {
  return text
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
}
