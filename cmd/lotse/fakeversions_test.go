package main

// fakeVersions has a minor with two patches, the older of which was built twice, and one that no new cluster can have.
const fakeVersions = `{"values":[
{"version":"1.37","isDefault":true,"isPreview":false,"capabilities":{"supportPlan":["KubernetesOfficial"]},"patchVersions":{
 "1.37.2":{"upgrades":["1.37.10"],"lotseProfile":[
  {"name":"v1.37.2-22222222","nodeImageVersion":"LotseDebian-12-202611.23.0","createdAt":"2026-11-25T09:00:00Z"},
  {"name":"v1.37.2-11111111","nodeImageVersion":"LotseDebian-12-202611.16.0","createdAt":"2026-11-24T09:00:00Z","rolloutHalted":"2 of 3 clusters failed."}]},
 "1.37.10":{"upgrades":[],"lotseProfile":[{"name":"v1.37.10-33333333","nodeImageVersion":"LotseDebian-12-202611.23.0","createdAt":"2026-11-26T09:00:00Z"}]}},
 "lotseProfile":{"state":"Supported","supportPlan":"KubernetesOfficial","endOfSupportDate":"2027-10-28"}},
{"version":"1.34","isPreview":false,"capabilities":{"supportPlan":[]},"patchVersions":{
 "1.34.4":{"upgrades":["1.35.4"],"lotseProfile":[{"name":"v1.34.4-44444444","nodeImageVersion":"LotseDebian-12-202602.13.0","createdAt":"2026-02-13T09:00:00Z"}]}},
 "lotseProfile":{"state":"Expired","supportPlan":"PlatformSupport","endOfSupportDate":"2026-10-27"}}]}`
