/*
 * What every request asks beside the check: its counters, and whether the disk has room. A script of its own, since
 * njs runs what stands outside of functions anew for each request: the less of it, the less a request costs.
 * Needs njs >= 0.9.1.
 */
/* Counts a finished request; evaluated from log_format, when the byte counts are final. */
function tick(r) {
    const counters = ngx.shared.egress;
    const variables = r.variables;
    const organization = variables.edge_org || '-';
    counters.incr(`b|${organization}`, Number(variables.body_bytes_sent), 0);
    const cache = variables.upstream_cache_status || '-';
    counters.incr(`r|${r.status}|${cache}`, 1, 0);
    if (cache === 'HIT') {
        return '';
    }
    const received = variables.upstream_bytes_received;
    if (received) {
        const bytes = received.split(/[ ,:]+/).reduce((sum, part) => sum + (Number(part) || 0), 0);
        counters.incr(`o|${organization}`, bytes, 0);
    }
    return '';
}

/* $edge_no_store, asked when an answer of storage arrives. */
function noStore() {
    return ngx.shared.egress.get('f|disk_low') ? '1' : '';
}

export default { tick, noStore };
