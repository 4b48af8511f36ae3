/**
 * The CSRF token of this stack.
 *
 * Cookies are not separated by port, so every stack names its cookie after its own port (`dam_csrf_8080`, with
 * `__Host-` in front under https). Our port decides; behind a proxy that hides it, whatever is there.
 */
export function csrfToken(
  cookies: string = document.cookie,
  port: string = location.port,
): string | undefined {
  const jar = new Map<string, string>();
  for (const pair of cookies.split("; ")) {
    const at = pair.indexOf("=");
    const name = pair.slice(0, at).replace(/^__Host-|^__Secure-/, "");
    if (at > 0 && name.startsWith("dam_csrf")) jar.set(name, decodeURIComponent(pair.slice(at + 1)));
  }
  return jar.get(`dam_csrf_${port}`) ?? jar.values().next().value;
}
