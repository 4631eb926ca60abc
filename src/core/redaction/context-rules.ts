/**
 * Secrets that are told by what stands before them: names, options, headers, URLs, the tools that take passwords. All of
 * it is our own reading of the tools' manuals. Every quantifier is bounded, and what a group takes ends at its follower.
 */
import { isAssignedSecret, isHarmless, isLineSecret, isSecretName, NAMES } from './harmless.ts';
import { FACT, type Finding, type RedactionRule } from './rule.ts';

/** Without `«`, so that what was redacted is never redacted again. */
const QUOTED = String.raw`"(?:[^"\\\n«]|\\.){1,2000}"|'[^'\n«]{1,2000}'`;
const WORD = String.raw`[^\s"'\x60«|;<>&-][^\s"'\x60«|;]{0,4000}`;
const VALUE = `(?<secret>${QUOTED}|${WORD})`;
/** What may stand between a command and its option. */
const GAP = String.raw`\b[^\n|;«]{0,200}?\s`;

type Row = readonly [
  kind: string,
  source: string,
  probes: readonly string[],
  pattern: RegExp,
  accepts?: ((finding: Finding) => boolean) | undefined,
];

const pattern = (before: string, secret: string = VALUE, flags = 'g'): RegExp => new RegExp(`(?<before>${before})${secret}`, flags);

const URLS: readonly Row[] = [
  [
    'url-password',
    'RFC 3986',
    ['://'],
    /(?<before>\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'<>«]{0,200}:)(?<secret>[^\s/"'<>«?#@][^\s/"'<>«?#]{0,300})(?=@[^\s/@])/gi,
  ],
  ['url-token', 'RFC 3986', ['://'], /(?<before>\bhttps?:\/\/)(?<secret>[^\s/:@"'<>«?#]{16,300})(?=(?::[\w-]{0,30})?@[^\s/@])/gi],
  [
    'url-signature',
    'pre-signed URLs of Azure, AWS, Google',
    ['sig=', 'signature='],
    /(?<before>[?&](?:sig|signature|x-amz-signature|x-goog-signature)=)(?<secret>[A-Za-z0-9%+/=_-]{20,1000})/gi,
  ],
  // a password that holds what URLs must escape, as people type it: all up to the last @ of the word
  [
    'url-password',
    'connection strings as they are typed',
    ['://'],
    /(?<before>\b(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|ftp|sftp|smtps?|ldaps?):\/\/[^\s/:@"'<>«]{0,100}:)(?<secret>[^\s"'<>«]{1,200})(?=@[A-Za-z0-9[])/gi,
  ],
];

/** What stands between the header's name and the secret. */
const SCHEME = /\b(?:basic|bearer|token|digest|apikey|negotiate|bot)$/i;

const HEADERS: readonly Row[] = [
  [
    'authorization',
    'RFC 9110, RFC 7617',
    ['authorization'],
    /(?<before>\bauthorization["']?\s{0,3}[:=]\s{0,3}["']?(?:(?:basic|bearer|token|digest|apikey|negotiate|bot)\s{1,3})?)(?<secret>[^\s"'\x60«<>,;(){}$][^\s"'\x60«<>,;(){}]{5,8000})/gi,
    // "Authorization: headers are kept" is prose
    ({ secret, before }) => !SCHEME.test(secret) && (SCHEME.test(before.trimEnd()) || /[^a-z]/.test(secret)),
  ],
  [
    'authorization',
    'RFC 6750',
    ['bearer'],
    /(?<before>\bbearer\s{1,3})(?<secret>[A-Za-z0-9._~+/=:-]{8,8000})/gi,
    // "bearer authentication" is prose
    ({ secret }) => /[0-9]/.test(secret) || /[a-z][A-Z]/.test(secret) || secret.endsWith('='),
  ],
  ['cookie', 'RFC 6265', ['cookie:'], /(?<before>\b(?:set-)?cookie:\s{0,3})(?<secret>[^\s"'«][^\r\n"'«]{7,8000})/gi],
  [
    'cookie',
    "servlets', php's and connect's names",
    ['phpsessid', 'jsessionid', 'connect.sid', 'sessionid='],
    /(?<before>\b(?:PHPSESSID|JSESSIONID|connect\.sid|sessionid)=)(?<secret>[\w.%:-]{12,300})/gi,
  ],
  [
    'header-secret',
    "services' manuals",
    ['x-'],
    /(?<before>\bx-(?:[a-z]{1,20}-){0,3}(?:key|auth|secret|token|password|signature)["']?\s{0,3}[:=]\s{0,3}["']?)(?<secret>[^\s"'«]{8,2000})/gi,
  ],
];

const SEPARATOR = String.raw`(?:[_-][a-z0-9]{1,20}){0,3}["']?\]?\s{0,3}(?:=>|:=|\?=|=(?!=)|:(?![:/\\]))\s{0,3}`;
const NAME = String.raw`(?:${NAMES}|pwd|(?<=[_-])(?:pass|auth|pat|pw)|\b(?:pass|pw)(?==))`;
const NAME_PROBES = [
  'passw',
  'passphrase',
  'passcode',
  'secret',
  'token',
  'key',
  'credential',
  'pwd',
  'pass',
  '_auth',
  '-auth',
  'pw=',
  '_pw',
  '_pat',
];

const ASSIGNMENTS: readonly Row[] = [
  [
    'assigned-secret',
    'how people name secrets',
    NAME_PROBES,
    pattern(
      `${NAME}${SEPARATOR}`,
      String.raw`(?<secret>${QUOTED}|[^\s"'\x60«<>(){}[\],;&|$=\\][^\s"'\x60«<>(){}[\],;&|\\]{3,16000})`,
      'gi',
    ),
    isAssignedSecret,
  ],
  [
    'assigned-secret',
    'how people name secrets',
    NAME_PROBES,
    pattern(
      String.raw`${NAME}(?:[_-][a-z0-9]{1,20}){0,3}["']?[ \t]{0,3}(?:=|:)[ \t]{0,3}`,
      String.raw`(?<secret>[^\s"'\x60«$=:\\][^\s«]{3,4000})(?=[ \t]{0,20}\r?$)`,
      'gim',
    ),
    isLineSecret,
  ],
  [
    'assigned-secret',
    'Dockerfile, csh, cmd, npm, git, aws',
    NAME_PROBES,
    pattern(
      String.raw`(?:\bsetx?|\bsetenv|^[ \t]{0,9}ENV|\b(?:config|configure)(?:[ :](?:set|add|--global|--local|--replace-all)){1,3})\s{1,3}[^\s=]{4,100}\s{1,3}`,
      VALUE,
      'gim',
    ),
    ({ before }) => isSecretName(before.trimEnd().replace(/(?:[_-][A-Za-z0-9]{1,20})$/, '')) || isSecretName(before.trimEnd()),
  ],
  [
    'assigned-secret',
    'YAML block scalars',
    NAME_PROBES,
    pattern(String.raw`${NAME}["']?:[ \t]{1,3}[|>][+-]?[ \t]{0,9}\r?\n[ \t]{1,40}`, String.raw`(?<secret>[^\s«][^\n«]{3,4000})`, 'gi'),
  ],
  [
    'xml-secret',
    'XML configuration of Maven, .NET, Spring',
    ['<'],
    pattern(String.raw`<(?:[\w.-]{1,40}:)?[\w.-]{0,40}(?:${NAMES})>\s{0,9}`, '(?<secret>[^\\s<«][^<«]{1,2000})(?=</)', 'gi'),
  ],
  [
    'xml-secret',
    'XML configuration of Maven, .NET, Spring',
    ['value='],
    pattern(String.raw`\b(?:name|key)=["'][\w.:-]{0,60}(?:${NAMES})["']\s{1,9}value=`, `(?<secret>${QUOTED})`, 'gi'),
  ],
  [
    'docker-auth',
    'docs.docker.com, config.json',
    ['"auth"', 'identitytoken', 'registrytoken'],
    /(?<before>"(?:auth|identitytoken|registrytoken)"\s{0,3}:\s{0,3}")(?<secret>[A-Za-z0-9+/=_.-]{8,4000})/g,
  ],
  [
    'kubernetes-secret',
    'kubernetes.io',
    ['--from-literal', 'kind: secret'],
    pattern(String.raw`--from-literal[=\s]["']?[\w.-]{1,100}=`, String.raw`(?<secret>[^\s"'«]{1,2000})`),
  ],
  ['salesforce-session', 'developer.salesforce.com', ['00d'], /(?<before>\b)(?<secret>00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{80,200})/g],
];

const OPTION = `--(?:[a-z0-9]{1,20}-){0,4}(?:${NAMES}|pass|pwd|requirepass)`;

const COMMANDS: readonly Row[] = [
  ['password-option', 'how options are named', NAME_PROBES, pattern(String.raw`${OPTION}(?:=|\s{1,3})`, VALUE, 'gi')],
  [
    'password-option',
    'manuals of the named commands',
    ['sshpass', 'mysql', 'mariadb', 'login', 'redis-cli', 'mongo', 'ldap', 'twine', 'influx', 'sqlcmd', 'psexec', 'smbmap', 'cqlsh'],
    pattern(
      [
        String.raw`\bsshpass\s{1,3}(?:-v\s{1,3})?-p\s{0,3}`,
        String.raw`\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)${GAP}-p`,
        String.raw`\b(?:docker|podman|buildah|helm|oc|az|skopeo|nerdctl)\s{1,3}(?:registry\s{1,3})?login${GAP}-p[\s=]{0,3}`,
        String.raw`\bredis-cli${GAP}-a\s{1,3}`,
        String.raw`\b(?:mongo|mongosh|mongodump|mongorestore|mongoimport|mongoexport|twine|cqlsh)${GAP}-p\s{1,3}`,
        String.raw`\bldap(?:search|modify|add|delete|passwd|whoami)${GAP}-w\s{1,3}`,
        String.raw`\bsqlcmd${GAP}-P\s{0,3}`,
      ].join('|'),
    ),
  ],
  [
    'password-option',
    'manuals of zip, 7z, openssl, keytool, gpg',
    ['zip', '7z', 'rar', 'openssl', 'keytool', 'pass:'],
    pattern(
      [
        String.raw`\b(?:zip|unzip|zipcloak)${GAP}-P\s{0,3}`,
        String.raw`\b(?:7za?|7zr|unrar|rar)${GAP}-p`,
        String.raw`\bkeytool${GAP}-(?:store|key|new|src|dest)(?:store)?pass\s{1,3}`,
        String.raw`\bopenssl${GAP}-k\s{1,3}`,
        String.raw`-pass(?:in|out)?\s{1,3}["']?pass:`,
      ].join('|'),
    ),
  ],
  [
    'curl-user',
    'curl(1)',
    ['curl', 'http ', 'https '],
    /(?<before>\b(?:curl\b|https? )[^\n|;«]{0,300}?\s(?:-u|--user|-U|--proxy-user|-a|--auth)[\s=]?["']?[^\s:"'«]{0,100}:)(?<secret>[^\s"'«]{1,300})/g,
  ],
  [
    'smb-password',
    'smbclient(1), mount.cifs(8)',
    ['smbclient', 'rpcclient', 'net '],
    /(?<before>\b(?:smbclient\b|rpcclient\b|net )[^\n|;«]{0,200}?\s-U\s{0,3}["']?[^\s%"'«]{1,100}%)(?<secret>[^\s"'«]{1,300})/g,
  ],
  ['netrc', 'ftp(1)', ['login'], /(?<before>\blogin\s{1,20}[^\s«]{1,100}\s{1,20}password\s{1,20})(?<secret>[^\s«]{1,300})/g],
  [
    'pgpass',
    'postgresql.org/docs',
    ['543', '6432', ':*:'],
    /(?<before>(?<![^\s"'\x60=+])[^\s:«"'\x60]{1,200}:(?:543[0-9]|6432|\*):[^\s:«]{1,100}:[^\s:«]{1,100}:)(?<secret>[^\s"'\x60«:][^\s"'\x60«]{0,300})/g,
  ],
  [
    'htpasswd',
    'htpasswd(1)',
    ['htpasswd', '{sha}'],
    /(?<before>\bhtpasswd\s{1,3}-[acdimnps5B25]{0,6}b[^\n|;«"']{0,200}\s["']?|\{SHA\})(?<secret>[^\s"'«|;&>-][^\s"'«|;&>]{0,200})(?=["']?[ \t]{0,9}(?:$|[|;&>\n]))/g,
  ],
  [
    'piped-password',
    'docker login, gh auth, sudo, chpasswd',
    ['-stdin', '--with-token', 'sudo -s', 'chpasswd', 'passwd --'],
    pattern(
      String.raw`\b(?:echo|printf)\s{1,3}(?:-[neE]{1,3}\s{1,3})?(?:["']?%s(?:\\n)?["']?\s{1,3})?`,
      String.raw`(?<secret>${QUOTED}|[^\s|"'«]{1,300})(?=\s{0,3}\|[^\n|]{0,200}(?:-stdin\b|--with-token\b|\bsudo -S\b|\bchpasswd\b|\bpasswd --stdin\b))`,
    ),
  ],
  [
    'piped-password',
    'bash(1), here-strings',
    ['<<<'],
    pattern(String.raw`(?:-stdin|--with-token|\bsudo -S|\bchpasswd)\b[^\n|;«<]{0,100}<<<\s{0,3}`),
  ],
  [
    'vault-token',
    'developer.hashicorp.com',
    ['vault login', 'gh auth', 'x-token-auth'],
    pattern(String.raw`\bvault login\s{1,3}(?:-[\w=-]{1,40}\s{1,3}){0,3}`),
  ],
];

/** Passwords and tokens in their places. */
export const CONTEXT_RULES: readonly RedactionRule[] = [URLS, HEADERS, ASSIGNMENTS, COMMANDS]
  .flat()
  .map(([kind, source, probes, expression, accepts]) => ({
    kind,
    probes,
    pattern: expression,
    accepts: (finding: Finding) => !isHarmless(finding.secret) && (accepts === undefined || accepts(finding)),
    source,
    licence: FACT,
  }));
