// Runs the server audits of graphql-http against the endpoint given as the
// only argument, then lets graphql-js read the schema from it as GraphiQL and
// code generators do. Exits 1 when anything fails.
import { buildClientSchema, getIntrospectionQuery, validateSchema } from 'graphql';
import { auditServer } from 'graphql-http';

const [url] = process.argv.slice(2);

async function audits() {
  const results = await auditServer({ url });
  const failed = results.filter((result) => result.status !== 'ok');
  for (const { id, name, status, reason } of failed) {
    console.log(`${status}: ${id} ${name}: ${reason}`);
  }
  console.log(`${results.length - failed.length} of ${results.length} audits pass`);
  return failed.length === 0 && results.length > 0;
}

async function introspection() {
  const query = getIntrospectionQuery({
    directiveIsRepeatable: true,
    inputValueDeprecation: true,
    oneOf: true,
    schemaDescription: true,
    specifiedByUrl: true,
  });
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await response.json();
  if (errors) {
    console.log(`introspection is refused: ${JSON.stringify(errors)}`);
    return false;
  }
  const schema = buildClientSchema(data);
  const faults = validateSchema(schema).map((fault) => fault.message);
  if (!schema.getQueryType()?.getFields().me) faults.push('there is no Query.me');
  if (schema.getDirective('defer')) faults.push('@defer is offered');
  faults.forEach((fault) => console.log(`introspection: ${fault}`));
  return faults.length === 0;
}

const passed = [await audits(), await introspection()];
process.exitCode = passed.every(Boolean) ? 0 : 1;
