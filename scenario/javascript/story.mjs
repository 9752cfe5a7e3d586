// A program written for AKS: it makes a group and a cluster, uses what it gets, and removes both. It knows Lotse only by the variables that
// `lotse env --sdk` prints. What it finds out it writes to standard output as lines of JSON; the story that started it looks at them.
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

const tell = (step, facts) => console.log(JSON.stringify({ step, ...facts }));

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
  tell("groups", { pages });
}

async function create() {
  const made = await containers.managedClusters.beginCreateOrUpdateAndWait(group, cluster, {
    location,
    dnsPrefix: cluster,
    identity: { type: "SystemAssigned" },
    agentPoolProfiles: [{ name: "sys", mode: "System", count: 1, vmSize }],
  }, often);
  tell("create", { state: made.provisioningState, power: made.powerState?.code });
  const read = await containers.managedClusters.get(group, cluster);
  tell("get", { id: read.id, fqdn: read.fqdn, pools: read.agentPoolProfiles.map((p) => p.name) });
  tell("list", { pages: await names(containers.managedClusters.listByResourceGroup(group).byPage()) });
  const all = (await names(containers.managedClusters.list().byPage())).flat();
  tell("list all", { found: all.includes(cluster) });
  const odd = { name: "odd", mode: "System", count: 1, vmSize, enableUltraSSD: true };
  tell("unsupported", await refused(containers.managedClusters.beginCreateOrUpdate(group, "odd", { location, dnsPrefix: "odd", agentPoolProfiles: [odd] })));
}

async function credentials() {
  const given = await containers.managedClusters.listClusterUserCredentials(group, cluster);
  tell("credentials", { kubeconfigs: given.kubeconfigs.map((k) => Buffer.from(k.value).toString("utf8")) });
}

async function pool() {
  await containers.agentPools.beginCreateOrUpdateAndWait(group, cluster, "more", { count: 1, vmSize, mode: "User" }, often);
  tell("pool", { pages: await names(containers.agentPools.list(group, cluster).byPage()) });
  await containers.agentPools.beginDeleteAndWait(group, cluster, "more", often);
  tell("pool deleted", await refused(containers.agentPools.get(group, cluster, "more")));
}

async function end() {
  await containers.managedClusters.beginDeleteAndWait(group, cluster, often);
  tell("deleted", await refused(containers.managedClusters.get(group, cluster)));
  for (const i of [1, 2, 3]) await resources.resourceGroups.beginDeleteAndWait(`${prefix}-${i}`, often);
  tell("end", { exists: (await resources.resourceGroups.checkExistence(group)).body });
}

for (const step of [groups, create, credentials, pool, end]) await step();
