import type { Command } from 'commander';
import { Option } from 'commander';
import { addIngest, addWorker } from './fleet-verbs.ts';
import { streamVerbs } from './verbs-stream.ts';
import { hop, pipeline, positive, precision, risk, scoring, whole } from './words.ts';

/** Each verb: its words here, its work in the file of its name, which loads when it is called. */
type AddVerb = (program: Command) => void;

const addInspect: AddVerb = (program) =>
  program
    .command('inspect')
    .description('say what is in a model or an artifact, and what it would cost')
    .argument('<file>', 'model.keras, model.h5, model.tflite, model.json (TF.js), model.onnx, or an artifact.wasm')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  sandglass inspect model.keras\n  sandglass inspect pump.wasm --json')
    .action(async (file: string, options) => (await import('./inspect.ts')).run(file, options));

const addCompile: AddVerb = (program) => {
  const command = program
    .command('compile')
    .description('compile a trained autoencoder and normal data into one artifact')
    .argument('[model]', 'model.keras, model.h5, model.tflite, model.json (TF.js) or model.onnx')
    .option('--encoder <file>', 'instead of one model: its encoder ...')
    .option('--decoder <file>', '... and its decoder')
    .option('--reconstruction <name>', 'which output is the reconstruction, where a model has several')
    .option('--code <name>', 'which output of --encoder is the code')
    .option('--cut <node>', 'the node that makes the latent code (default: the narrowest value)')
    .requiredOption(
      '-d, --data <files...>',
      'normal data, one recording or several: .csv, .npy, .npz, or raw little-endian f32 (.bin, .f32); each also .gz',
    )
    .requiredOption('-o, --output <file.wasm>', 'the artifact')
    .addOption(new Option('--shape <n>', 'values per window; the model decides, this checks').argParser(whole))
    .addOption(new Option('--target <name>', 'instructions of the engine').choices(['simd', 'scalar']).default('simd'))
    .addOption(
      new Option('--batch <n>', 'windows that one runBatch takes (default: 64, or fewer where they are large)').argParser(whole),
    )
    .option('--stateful', 'a window is one step of a sequence; recurrent layers remember those before')
    .option('--name <text>', "name in the manifest (default: the model's file name)")
    .option('--keep-source', 'also write the generated AssemblyScript, beside the artifact')
    .option('--allow-poor-fit', 'compile even if the model does not reconstruct the data')
    .option('--json', 'print the manifest as JSON')
    .addHelpText(
      'after',
      `
Examples:
  sandglass compile model.h5 --data normal.csv -o pump.wasm
  sandglass compile ad01.h5 --data clip.bin --hop 128 -o machine.wasm      overlapping windows of a raw stream
  sandglass compile model.h5 --data pump.csv --channels vib_x,vib_y,temp --scaling zscore --hop 10 -o pump.wasm
  sandglass compile model.h5 --data pump.csv --config sandglass.json -o pump.wasm
  sandglass compile --encoder e.onnx --decoder d.onnx --data normal.npy -o pump.wasm
  sandglass compile model.onnx --data normal.npy --threshold conformal:0.01 --alarm-after 3 -o pump.wasm
  sandglass compile model.h5 --data normal.csv --threshold best-f1 --labelled faults.csv --label anomaly -o pump.wasm
  sandglass compile model/model.json --data normal.csv --target scalar --keep-source -o pump.wasm`,
    )
    .action(async (model: string | undefined, options) => (await import('./compile.ts')).run(model, options));
  for (const option of [...pipeline(), ...scoring(), ...precision()]) command.addOption(option);
};

const addVerify: AddVerb = (program) =>
  program
    .command('verify')
    .description('check that an artifact is whole and gives the same bits here; with a model and data, its error too')
    .argument('<artifact>', 'artifact.wasm')
    .option('--model <file>', 'the model that it was compiled from')
    .option('--data <file>', 'data to compare int8 with float on')
    .addOption(hop())
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sandglass verify pump.wasm\n  sandglass verify pump.wasm --model model.h5 --data test.csv',
    )
    .action(async (artifact: string, options) => (await import('./verify.ts')).run(artifact, options));

const addScore: AddVerb = (program) =>
  program
    .command('score')
    .description('score recorded data: one row per window on standard output')
    .argument('<artifact>', 'artifact.wasm')
    .argument('<data>', '.csv, .npy, .npz, or raw f32; each also .gz')
    .addOption(hop())
    .addOption(new Option('--why <n>', 'also the channels that contributed most to each score, n of them').argParser(whole))
    .addOption(
      new Option(
        '--adaptive <risk>',
        'a threshold that follows the scores, which that share of normal ones exceeds: 1e-4',
      ).argParser(risk),
    )
    .addOption(
      new Option('--adaptive-depth <n>', 'measure scores from the mean of the last n, where what is normal drifts').argParser(
        whole,
      ),
    )
    .option('--json', 'JSON lines instead of CSV')
    .addHelpText(
      'after',
      '\nExamples:\n  sandglass score pump.wasm today.csv > scores.csv\n  sandglass score pump.wasm today.csv --json | grep true\n  sandglass score pump.wasm today.csv --why 3\n  sandglass score pump.wasm today.csv --adaptive 1e-4',
    )
    .action(async (artifact: string, data: string, options) => (await import('./score.ts')).run(artifact, data, options));

const addEvaluate: AddVerb = (program) =>
  program
    .command('evaluate')
    .description('measure how well scores and alarms agree with labels, beside PCA and chance')
    .argument('<artifact>', 'artifact.wasm')
    .argument('<data...>', 'labelled recordings with a header: .csv (.gz); or with --labels a folder of recordings')
    .option('--label <column>', 'the column that is 1 (or more) where a row is abnormal, else 0')
    .option('--labels <file.csv>', 'a label per file instead: columns file and label (0 or 1)')
    .addOption(
      new Option(
        '--points <rule>',
        "a row's score: of the window that ends with it, the lowest (all) or the highest (any) that holds it",
      )
        .choices(['last', 'all', 'any'])
        .default('last'),
    )
    .addOption(
      new Option('--per-file <rule>', "with --labels, a file's score: the mean or the highest of its windows' scores")
        .choices(['mean', 'max'])
        .default('mean'),
    )
    .option('--normal <files...>', 'normal recordings to fit PCA on (default: the rows or files labelled normal)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sandglass evaluate pump.wasm march.csv --label anomaly\n  sandglass evaluate pump.wasm valve*.csv --label anomaly --normal normal.csv --points all --json\n  sandglass evaluate pump.wasm recordings/ --labels labels.csv',
    )
    .action(async (artifact: string, data: string[], options) => (await import('./evaluate.ts')).run(artifact, data, options));

const addTune: AddVerb = (program) =>
  program
    .command('tune')
    .description('show the trade-off: false alarms against detection delay, for other thresholds and debounces')
    .argument('<artifact>', 'artifact.wasm')
    .argument('<data...>', 'recordings: .csv, .npy, .npz, or raw f32; each also .gz')
    .option('--label <column>', 'the column that is 1 (or more) where a row is abnormal (default: all rows are normal)')
    .addOption(new Option('--rate <hz>', 'samples per second, where the artifact does not say').argParser(positive))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sandglass tune pump.wasm normal-week.csv\n  sandglass tune pump.wasm valve*.csv --label anomaly --rate 1',
    )
    .action(async (artifact: string, data: string[], options) => (await import('./tune.ts')).run(artifact, data, options));

const addReport: AddVerb = (program) =>
  program
    .command('report')
    .description('write a page that says where bytes, time and quantization error are, and whether to trust the artifact')
    .argument('<artifact>', 'artifact.wasm')
    .option('--model <file>', 'the model that it was compiled from (the encoder, of two files)')
    .option('--decoder <file>', 'the second of two files')
    .option('-d, --data <files...>', 'the normal data that it was compiled from: .csv, .npy, .npz, or raw f32; each also .gz')
    .option('--test <files...>', 'other recordings, normal or not: their scores, and what of them is clipped')
    .option('-o, --output <file.html>', 'the page (default: beside the artifact, pump-report.html)')
    .option('--json', 'print the analysis as JSON; the page only with -o')
    .addHelpText(
      'after',
      `
Examples:
  sandglass report pump.wasm                                               what the artifact itself tells
  sandglass report pump.wasm --model model.h5 --data normal.csv            float beside integers, tensor by tensor
  sandglass report pump.wasm --model model.h5 --data normal.csv --test today.csv fault.csv -o report.html
  sandglass report pump.wasm --model e.onnx --decoder d.onnx --data normal.npy --json`,
    )
    .action(async (artifact: string, options) => (await import('./report.ts')).run(artifact, options));

const addBench: AddVerb = (program) =>
  program
    .command('bench')
    .description('time an artifact on this machine')
    .argument('<artifact>', 'artifact.wasm')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sandglass bench pump.wasm')
    .action(async (artifact: string, options) => (await import('./bench.ts')).run(artifact, options));

const addDemo: AddVerb = (program) =>
  program
    .command('demo')
    .description('compile a gearbox model, score recorded vibration data, show healthy against broken tooth')
    .option('--out <folder>', 'where the artifact and the page go', 'out')
    .option('--web', 'write the monitor page instead, which scores that data live in the browser')
    .addHelpText('after', '\nExamples:\n  sandglass demo --out /tmp/demo\n  sandglass demo --web')
    .action(async (options) => (await import('./demo.ts')).run(options));

const addExport: AddVerb = (program) =>
  program
    .command('export')
    .description('write an artifact in another form: a monitor page that scores in the browser')
    .argument('<artifact>', 'artifact.wasm')
    .addOption(new Option('--as <form>', 'html: one page that needs nothing else').choices(['html']).makeOptionMandatory())
    .option('-o, --output <file.html>', 'the page (default: beside the artifact, pump.html)')
    .option('-d, --data <file>', 'a recording that the page carries and replays: .csv, .npy, .npz, or raw f32; each also .gz')
    .addOption(
      new Option('--engines <which>', 'wasm keeps the page below 100 KB; all brings WebGPU and WebNN, 50 KB more')
        .choices(['wasm', 'all'])
        .default('wasm'),
    )
    .option('--title <text>', 'headline of the page (default: the name in the manifest)')
    .addHelpText(
      'after',
      `
Examples:
  sandglass export pump.wasm --as html                                     the page, which replays a few normal windows
  sandglass export pump.wasm --as html --data monday.csv -o pump.html
  sandglass export pump.wasm --as html --title "Pump 7, hall 2"`,
    )
    .action(async (artifact: string, options) => (await import('./export.ts')).run(artifact, options));

export const verbs: readonly AddVerb[] = [
  addInspect,
  addCompile,
  addVerify,
  addScore,
  addEvaluate,
  addTune,
  addReport,
  addExport,
  ...streamVerbs,
  addWorker,
  addIngest,
  addBench,
  addDemo,
];
