/** A certificate for this machine that nobody has vouched for, made anew with openssl. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The key and the certificate, for 127.0.0.1 and localhost, and the certificate's path. */
export function selfSigned(): { key: Buffer; cert: Buffer; path: string } {
  const folder = mkdtempSync(join(dirname(process.env['HOME'] ?? ''), 'certificate-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...made, ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  return { key: readFileSync(key), cert: readFileSync(cert), path: cert };
}
