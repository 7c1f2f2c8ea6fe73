// Writes a TypeScript file that holds a Grafana dashboard, piece by piece, to the types of @grafana/schema.
// usage: node types.mjs DASHBOARD.json > dashboard.ts
import { readFileSync } from 'node:fs';

const dashboard = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const raw = '@grafana/schema/dist/esm/raw/composable';
const options = { stat: 'Stat', bargauge: 'BarGauge', timeseries: 'TimeSeries' };
const out = [
  "import type { Dashboard, Panel, RowPanel, FieldConfig, GraphFieldConfig, VariableModel, AnnotationQuery, DataQuery } from '@grafana/schema';",
  ...Object.entries(options).map(([kind, name]) =>
    `import type { Options as ${name}Options } from '${raw}/${kind}/panelcfg/x/${name}PanelCfg_types.gen';`),
  '// The schema has no types for what a Prometheus panel asks; the foundation SDK knows these fields.',
  "type PrometheusQuery = DataQuery & { expr: string; instant: boolean; range: boolean; legendFormat: string; editorMode: 'code' };",
  '// JSON has words where the types have enums.',
  'type Plain<T> = T extends string ? `${T}` : T extends (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;',
  '// A newer Grafana has options that an older one does not know: what is left out has its default.',
  'type Some<T> = Plain<Partial<T>>;',
];
let count = 0;
const check = (type, value) => out.push(`export const piece${count++}: ${type} = ${JSON.stringify(value)};`);

check("Plain<Omit<Dashboard, 'panels' | 'templating' | 'annotations'>>",
  { ...dashboard, panels: undefined, templating: undefined, annotations: undefined });
dashboard.templating.list.forEach((variable) => check('Plain<VariableModel>', variable));
dashboard.annotations.list.forEach((annotation) => {
  const { expr, ...rest } = annotation;
  check('string', expr);
  check('Plain<AnnotationQuery>', rest);
});
for (const panel of dashboard.panels) {
  if (panel.type === 'row') {
    check('Plain<RowPanel>', panel);
    continue;
  }
  if (!(panel.type in options)) throw new Error(`no types for ${panel.type}`);
  const { options: chosen, targets, fieldConfig, ...rest } = panel;
  const { custom, ...defaults } = fieldConfig.defaults;
  check("Plain<Omit<Panel, 'options' | 'targets' | 'fieldConfig'>>", rest);
  check(`Some<${options[panel.type]}Options>`, chosen);
  check("Plain<Omit<FieldConfig, 'custom'>>", defaults);
  if (custom) check('Some<GraphFieldConfig>', custom);
  targets.forEach((target) => check('Plain<PrometheusQuery>', target));
}
// A check that cannot fail says nothing: each of these must be an error.
for (const [type, value] of [
  ['Some<StatOptions>', { graphMode: 'noSuchMode' }],
  ['Some<StatOptions>', { noSuchField: 1 }],
  ['Some<GraphFieldConfig>', { drawStyle: 'noSuchStyle' }],
  ["Plain<Omit<FieldConfig, 'custom'>>", { unit: 7 }],
  ['Plain<RowPanel>', { type: 'row', title: 7 }],
]) {
  out.push('// @ts-expect-error');
  check(type, value);
}
console.log(out.join('\n'));
