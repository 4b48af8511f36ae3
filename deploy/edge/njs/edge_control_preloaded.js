/*
 * The private side where njs has no shared dictionaries: what can be told without counting.
 */
function gauges(r) {
    const lines = ['# TYPE edge_signing_key gauge']
        .concat(Object.keys(edge_keys.keys).map((kid) => `edge_signing_key{kid="${kid}"} 1`))
        .concat(['# TYPE edge_revoked_entries gauge', `edge_revoked_entries ${Object.keys(edge_revoked).length}`]);
    r.headersOut['Content-Type'] = 'text/plain; version=0.0.4';
    r.return(200, `${lines.join('\n')}\n`);
}

export default { gauges };
