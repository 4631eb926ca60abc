/**
 * Tokens that are told by their shape, as issuers give them: a prefix and a length. Every quantifier is bounded. The
 * source is the issuer's documentation, or, where that is silent, what the rules of gitleaks (MIT) know of it; prefixes
 * and lengths are facts, the expressions are our own.
 */
import { FACT, LONG_RUN, type RedactionRule } from './rule.ts';

type Row = readonly [kind: string, source: string, probes: readonly string[], pattern: RegExp];

const GITLEAKS = 'gitleaks 8';

const CODE_HOSTS: readonly Row[] = [
  ['github-pat', 'docs.github.com', ['ghp_', 'github_pat_'], /\b(?:ghp_[A-Za-z0-9]{20,255}|github_pat_\w{20,255})/g],
  ['github-token', 'docs.github.com', ['gho_', 'ghu_', 'ghs_', 'ghr_'], /\bgh[ousr]_[A-Za-z0-9]{20,255}/g],
  [
    'gitlab-token',
    'docs.gitlab.com',
    ['glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-', 'glft-', 'glsoat-', 'glagent-', 'gloas-', 'glimt-', 'glrtr-', 'glffct-'],
    /\bgl(?:pat|dt|rt|rtr|cbt|ptt|ft|soat|agent|oas|imt|ffct)-[\w.-]{16,255}/g,
  ],
  ['bitbucket-token', 'support.atlassian.com', ['atbb'], /\bATBB[\w=-]{24,255}/g],
  ['atlassian-token', 'support.atlassian.com', ['atatt3', 'atctt3'], /\bAT[AC]TT3[\w=-]{60,400}/g],
  ['sourcegraph-token', 'sourcegraph.com/docs', ['sgp_'], /\bsgp_(?:[0-9a-f]{16}_|local_)?[0-9a-f]{40}\b/g],
];

const CLOUDS: readonly Row[] = [
  ['aws-access-key', 'docs.aws.amazon.com', ['akia', 'asia', 'abia', 'acca'], /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/g],
  ['google-key', 'cloud.google.com/docs', ['aiza', 'gocspx-', 'ya29.'], /\b(?:AIza[\w-]{35}|GOCSPX-[\w-]{20,80}|ya29\.[\w-]{20,500})/g],
  ['azure-secret', 'learn.microsoft.com', ['q~'], /(?<![\w~.-])[\w~.-]{3}[0-9]Q~[\w~.-]{31,34}(?![\w~.-])/g],
  ['azure-key', 'learn.microsoft.com', ['=='], /(?<!base64,)(?<![\w+/-])[A-Za-z0-9+/]{86}==/g],
  ['digitalocean-token', 'docs.digitalocean.com', ['dop_v1_', 'doo_v1_', 'dor_v1_'], /\bdo[opr]_v1_[0-9a-f]{64}\b/g],
  ['cloudflare-key', GITLEAKS, ['v1.0-'], /\bv1\.0-[0-9a-f]{24}-[0-9a-f]{100,200}\b/g],
  ['alibaba-key', GITLEAKS, ['ltai'], /\bLTAI[A-Za-z0-9]{12,26}\b/g],
  ['heroku-key', 'devcenter.heroku.com', ['hrku-'], /\bHRKU-[\w-]{30,80}/g],
  ['netlify-token', 'docs.netlify.com', ['nfp_'], /\bnfp_[A-Za-z0-9]{36,60}/g],
  ['fly-token', 'fly.io/docs', ['fm1', 'fm2_', 'fo1_'], /\b(?:fo1_[\w-]{43}|fm(?:1[ar]|2)_[A-Za-z0-9+/=,_]{60,2000})/g],
  ['render-key', 'render.com/docs', ['rnd_'], /\brnd_[A-Za-z0-9]{28,40}\b/g],
  ['tailscale-key', 'tailscale.com/kb', ['tskey-'], /\btskey-[a-z]{2,12}-[A-Za-z0-9]{8,40}-[A-Za-z0-9]{16,64}/g],
  ['openshift-token', GITLEAKS, ['sha256~'], /\bsha256~[\w-]{43}(?![\w-])/g],
];

const REGISTRIES: readonly Row[] = [
  ['npm-token', 'docs.npmjs.com', ['npm_'], /\bnpm_[A-Za-z0-9]{30,255}/g],
  ['pypi-token', 'pypi.org/help', ['pypi-ag'], /\bpypi-Ag[\w-]{50,500}/g],
  ['rubygems-key', 'guides.rubygems.org', ['rubygems_'], /\brubygems_[0-9a-f]{48}\b/g],
  ['crates-token', 'doc.rust-lang.org/cargo', ['cio'], /\bcio[A-Za-z0-9]{32}\b/g],
  ['nuget-key', 'learn.microsoft.com', ['oy2'], /\boy2[a-z0-9]{43}\b/g],
  ['clojars-token', 'github.com/clojars', ['clojars_'], /\bCLOJARS_[a-z0-9]{60}\b/gi],
  ['docker-token', 'docs.docker.com', ['dckr_pat_', 'dckr_oat_'], /\bdckr_[po]at_[\w-]{20,80}/g],
  ['jfrog-key', GITLEAKS, ['akcp'], /\bAKCp[A-Za-z0-9]{60,80}\b/g],
];

const SERVICES: readonly Row[] = [
  ['slack-token', 'api.slack.com', ['xox', 'xapp-'], /\b(?:xox[abeoprs]|xapp)(?:\.xox[bp])?-[A-Za-z0-9-]{10,255}/g],
  [
    'stripe-key',
    'docs.stripe.com',
    ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'],
    /\b(?:[sr]k_(?:live|test)_[A-Za-z0-9]{10,255}|whsec_[A-Za-z0-9+/=]{20,255})/g,
  ],
  ['square-token', 'developer.squareup.com', ['sq0atp-', 'sq0csp-', 'eaaa'], /\b(?:sq0(?:atp|csp)-[\w-]{22,60}|EAAA[\w-]{60})/g],
  ['supabase-key', 'supabase.com/docs', ['sb_secret_', 'sbp_'], /\b(?:sb_secret_[\w-]{16,255}|sbp_[0-9a-f]{40})/g],
  ['sendgrid-key', 'docs.sendgrid.com', ['sg.'], /\bSG\.[\w-]{16,40}\.[\w-]{30,60}/g],
  ['mailgun-key', GITLEAKS, ['key-'], /\bkey-[0-9a-f]{32}\b/g],
  ['mailchimp-key', 'mailchimp.com/developer', ['-us'], /\b[0-9a-f]{32}-us[0-9]{1,2}\b/g],
  ['brevo-key', GITLEAKS, ['xkeysib-', 'xsmtpsib-'], /\bx(?:key|smtp)sib-[0-9a-f]{64}-[A-Za-z0-9]{16}\b/g],
  ['resend-key', 'resend.com/docs', ['re_'], /\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}\b/g],
  ['shopify-token', 'shopify.dev', ['shpat_', 'shpss_', 'shpca_', 'shppa_'], /\bshp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}\b/g],
  ['twilio-key', 'twilio.com/docs', [LONG_RUN], /\bSK[0-9a-f]{32}\b/g],
  ['telegram-token', 'core.telegram.org', [':aa'], /\b[0-9]{8,10}:AA[\w-]{33}(?![\w-])/g],
  ['discord-token', GITLEAKS, [LONG_RUN], /(?<![\w.-])[MNO][A-Za-z0-9]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?![\w.-])/g],
  ['linear-key', 'linear.app/developers', ['lin_api_'], /\blin_api_[A-Za-z0-9]{30,60}/g],
  ['notion-token', 'developers.notion.com', ['ntn_', 'secret_'], /\b(?:ntn_[A-Za-z0-9]{40,60}|secret_[A-Za-z0-9]{43})\b/g],
  ['airtable-token', 'airtable.com/developers', ['pat'], /\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}\b/g],
  ['asana-token', 'developers.asana.com', [LONG_RUN], /(?<![\w/])[0-2]\/[0-9]{12,20}(?:\/[0-9]{12,20})?:[0-9a-f]{32}\b/g],
  ['figma-token', 'developers.figma.com', ['figd_'], /\bfigd_[\w-]{30,60}/g],
  ['postman-key', 'learning.postman.com', ['pmak-'], /\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b/g],
  ['dropbox-token', 'dropbox.com/developers', ['sl.'], /\bsl\.(?:u\.)?[\w-]{60,2000}/g],
  ['facebook-token', GITLEAKS, ['eaa'], /\bEAA[A-Z][A-Za-z0-9]{80,300}\b/g],
  ['mapbox-key', 'docs.mapbox.com', ['sk.ey'], /\bsk\.eyJ[\w-]{20,400}\.[\w-]{20,60}/g],
  ['typeform-token', GITLEAKS, ['tfp_'], /\btfp_[\w.=-]{40,80}/g],
  ['readme-key', GITLEAKS, ['rdme_'], /\brdme_[a-z0-9]{60,80}\b/g],
  ['flutterwave-key', GITLEAKS, ['flwseck'], /\bFLWSECK(?:_TEST)?-[A-Za-z0-9]{12,40}(?:-X)?/g],
  ['adafruit-key', GITLEAKS, ['aio_'], /\baio_[A-Za-z0-9]{28}\b/g],
  ['shippo-token', GITLEAKS, ['shippo_'], /\bshippo_(?:live|test)_[0-9a-f]{40}\b/g],
  ['duffel-token', GITLEAKS, ['duffel_'], /\bduffel_(?:live|test)_[\w=-]{43}/g],
];

const BUILD_AND_RUN: readonly Row[] = [
  ['vault-token', 'developer.hashicorp.com', ['hvs.', 'hvb.', 'hvr.'], /\bhv[sbr]\.[\w-]{20,300}/g],
  ['terraform-token', 'developer.hashicorp.com', ['.atlasv1.'], /\b[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70}/g],
  ['grafana-token', 'grafana.com/docs', ['glsa_', 'glc_'], /\bgl(?:sa_[A-Za-z0-9]{32}_[0-9a-f]{8}|c_[A-Za-z0-9+/=]{32,400})/g],
  ['sentry-token', 'docs.sentry.io', ['sntrys_', 'sntryu_'], /\bsntry[su]_[A-Za-z0-9_=+/]{40,400}/g],
  ['newrelic-key', 'docs.newrelic.com', ['nrak-', 'nrii-', 'nraa-'], /\bNR(?:AK|II|AA)-[\w-]{27,40}/g],
  ['dynatrace-token', 'docs.dynatrace.com', ['dt0'], /\bdt0[a-z][0-9]{2}\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}\b/g],
  ['pulumi-token', 'pulumi.com/docs', ['pul-'], /\bpul-[0-9a-f]{40}\b/g],
  [
    'doppler-token',
    'docs.doppler.com',
    ['dp.pt.', 'dp.st.', 'dp.ct.', 'dp.sa.'],
    /\bdp\.(?:pt|st|ct|sa)\.(?:[\w-]{2,40}\.)?[A-Za-z0-9]{40,50}\b/g,
  ],
  ['databricks-token', 'docs.databricks.com', ['dapi'], /\bdapi[0-9a-f]{32}(?:-[0-9])?\b/g],
  ['planetscale-token', 'planetscale.com/docs', ['pscale_'], /\bpscale_(?:tkn|pw|oauth)_[\w.=-]{32,64}/g],
  ['circleci-token', 'circleci.com/docs', ['ccipat_', 'ccipr'], /\bCCIP(?:AT|RJ)_[A-Za-z0-9]{20,24}_[0-9a-f]{40}\b/g],
  ['buildkite-token', 'buildkite.com/docs', ['bkua_'], /\bbkua_[0-9a-f]{40}\b/g],
  ['sonar-token', 'docs.sonarsource.com', ['sqp_', 'squ_', 'sqa_'], /\bsq[pua]_[0-9a-f]{40}\b/g],
  ['posthog-key', 'posthog.com/docs', ['phx_'], /\bphx_[A-Za-z0-9]{40,60}\b/g],
  [
    'launchdarkly-key',
    'launchdarkly.com/docs',
    ['sdk-', 'api-'],
    /\b(?:sdk|api)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g,
  ],
  ['onepassword-token', 'developer.1password.com', ['ops_ey'], /\bops_eyJ[A-Za-z0-9+/]{100,2000}={0,3}/g],
  ['age-key', 'age-encryption.org', ['age-secret-key-1'], /\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b/g],
];

const MODELS: readonly Row[] = [
  ['anthropic-key', 'docs.anthropic.com', ['sk-ant-'], /\bsk-ant-[\w-]{20,255}/g],
  ['huggingface-token', 'huggingface.co/docs', ['hf_'], /\bhf_[A-Za-z0-9]{30,50}\b/g],
  ['langsmith-key', 'docs.langchain.com', ['lsv2_'], /\blsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}\b/g],
  ['pinecone-key', 'docs.pinecone.io', ['pcsk_'], /\bpcsk_[\w-]{40,100}/g],
  [
    'api-key',
    'platform.openai.com and those that followed it',
    ['sk-', 'sk_', 'gsk_', 'xai-', 'r8_', 'pplx-'],
    /\b(?:sk-(?=[\w-]{0,60}[0-9])[\w-]{20,255}|(?:gsk_|xai-|r8_|pplx-)[A-Za-z0-9]{32,100}|sk_[0-9a-f]{48}\b)/g,
  ],
];

const OTHERS: readonly Row[] = [
  ['jwt', 'RFC 7519', ['eyj'], /(?<![\w-])eyJ[\w-]{10,4000}\.eyJ[\w-]{10,8000}(?:\.[\w-]{0,2000})?/g],
  [
    'webhook',
    'docs of Slack, Discord, Microsoft',
    ['hooks.slack.com', 'api/webhooks/', 'webhookb2/'],
    /\b(?:hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/webhooks\/[0-9]{10,25}\/|webhook\.office\.com\/webhookb2\/)[\w/@-]{20,300}/g,
  ],
  [
    'private-key',
    'RFC 7468, RFC 4880',
    ['private key'],
    /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s:,.\\]|-(?!-{4}END)){0,32000}(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?/g,
  ],
  [
    'private-key',
    'RFC 7468',
    ['private key'],
    /(?<![A-Za-z0-9+/=])(?:[A-Za-z0-9+/=]{16,200}\s{1,3}){1,200}-----END [A-Z0-9 ]{0,30}PRIVATE KEY/g,
  ],
  [
    'password-hash',
    'crypt(5), argon2, bcrypt',
    ['$2', '$1$', '$5$', '$6$', '$y$', '$apr1$', '$argon2'],
    /\$(?:2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{53}|(?:1|apr1)\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|[56]\$(?:rounds=[0-9]{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43,86}|y\$[./A-Za-z0-9]{1,20}\$[./A-Za-z0-9]{0,86}\$[./A-Za-z0-9]{43}|argon2(?:id|i|d)\$v=[0-9]{1,4}\$[\w=,]{1,60}\$[A-Za-z0-9+/]{8,100}\$[A-Za-z0-9+/]{16,200})/g,
  ],
];

/** Vendors' tokens, the most particular ones first: of two kinds that fit, the first is named. */
export const VENDOR_RULES: readonly RedactionRule[] = [CODE_HOSTS, CLOUDS, REGISTRIES, SERVICES, BUILD_AND_RUN, MODELS, OTHERS]
  .flat()
  .map(([kind, source, probes, pattern]) => ({ kind, probes, pattern, source, licence: FACT, isToken: true }));
