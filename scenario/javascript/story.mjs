// A program written for AKS: it makes a group and a cluster, uses what it gets, and removes both. It knows Lotse only by the variables that
// `lotse env --sdk` prints. It reports to standard output in lines of JSON, which the story that started it checks.
import { ContainerServiceClient } from "@azure/arm-containerservice";
import { ResourceManagementClient } from "@azure/arm-resources";
import { EnvironmentCredential } from "@azure/identity";

const [prefix, location, vmSize] = process.argv.slice(2);
const { AZURE_RESOURCE_MANAGER_ENDPOINT: endpoint, AZURE_SUBSCRIPTION_ID: subscription } = process.env;
const credential = new EnvironmentCredential({ disableInstanceDiscovery: true });
const options = { endpoint, credentialScopes: [`${endpoint}/.default`] };
const containers = new ContainerServiceClient(credential, subscription, options);
const resources = new ResourceManagementClient(credential, subscription, options);
const often = { updateIntervalInMs: 1000 };
const group = `${prefix}-1`;
const cluster = "js";

const report = (step, facts) => console.log(JSON.stringify({ step, ...facts }));

async function refused(promise) {
  try {
    await promise;
    return { refused: false };
  } catch (error) {
    return { refused: true, status: error.statusCode, code: error.code, message: error.message };
  }
}

async function names(pages) {
  const all = [];
  for await (const page of pages) all.push(page.map((item) => item.name));
  return all;
}

async function groups() {
  for (const i of [1, 2, 3]) await resources.resourceGroups.createOrUpdate(`${prefix}-${i}`, { location, tags: { story: prefix } });
  const pages = await names(resources.resourceGroups.list({ filter: `tagName eq 'story' and tagValue eq '${prefix}'`, top: 2 }).byPage());
  report("groups", { pages });
}

async function create() {
  const made = await containers.managedClusters.beginCreateOrUpdateAndWait(group, cluster, {
    location,
    dnsPrefix: cluster,
    identity: { type: "SystemAssigned" },
    agentPoolProfiles: [{ name: "sys", mode: "System", count: 1, vmSize }],
  }, often);
  report("create", { state: made.provisioningState, power: made.powerState?.code });
  const read = await containers.managedClusters.get(group, cluster);
  report("get", { id: read.id, fqdn: read.fqdn, pools: read.agentPoolProfiles.map((p) => p.name) });
  report("list", { pages: await names(containers.managedClusters.listByResourceGroup(group).byPage()) });
  const all = (await names(containers.managedClusters.list().byPage())).flat();
  report("list all", { found: all.includes(cluster) });
  const odd = { name: "odd", mode: "System", count: 1, vmSize, enableUltraSSD: true };
  report("unsupported", await refused(containers.managedClusters.beginCreateOrUpdate(group, "odd", { location, dnsPrefix: "odd", agentPoolProfiles: [odd] })));
}

async function credentials() {
  const given = await containers.managedClusters.listClusterUserCredentials(group, cluster);
  report("credentials", { kubeconfigs: given.kubeconfigs.map((k) => Buffer.from(k.value).toString("utf8")) });
}

async function pool() {
  await containers.agentPools.beginCreateOrUpdateAndWait(group, cluster, "more", { count: 1, vmSize, mode: "User" }, often);
  report("pool", { pages: await names(containers.agentPools.list(group, cluster).byPage()) });
  await containers.agentPools.beginDeleteAndWait(group, cluster, "more", often);
  report("pool deleted", await refused(containers.agentPools.get(group, cluster, "more")));
}

async function end() {
  await containers.managedClusters.beginDeleteAndWait(group, cluster, often);
  report("deleted", await refused(containers.managedClusters.get(group, cluster)));
  for (const i of [1, 2, 3]) await resources.resourceGroups.beginDeleteAndWait(`${prefix}-${i}`, often);
  report("end", { exists: (await resources.resourceGroups.checkExistence(group)).body });
}

for (const step of [groups, create, credentials, pool, end]) await step();
