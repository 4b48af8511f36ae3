/*
 * The private side of the edge: revocations, the disk flag, reading the counters. Needs njs >= 0.9.1.
 */
const ENTRY = /^(?:[so]:[\w-]{22}|a:[0-9a-f]{64})$/;
const ENTRIES_PATH = '/_edge/revoked/';
const ALL = 1000000;                 // keys() and items() stop at 1024 unless told otherwise
const RENEW_AFTER_S = 6 * 3600;    // well before the dictionary forgets an entry that is told again and again

const FAMILIES = {
    b: (labels, value) => `edge_sent_bytes_total{organization="${labels[1]}"} ${value}`,
    o: (labels, value) => `edge_origin_bytes_total{organization="${labels[1]}"} ${value}`,
    r: (labels, value) => `edge_requests_total{status="${labels[1]}",cache="${labels[2]}"} ${value}`,
};

function family(name, kind, lines) {
    return [`# TYPE ${name} ${kind}`].concat(lines);
}

function metrics(r) {
    const counters = ngx.shared.egress;
    const lines = { b: [], o: [], r: [] };
    counters.items(ALL).forEach((item) => {
        const labels = item[0].split('|');
        if (lines[labels[0]]) {
            lines[labels[0]].push(FAMILIES[labels[0]](labels, item[1]));
        }
    });
    const gauge = (name, key) => family(name, 'gauge', [`${name} ${counters.get(key) || 0}`]);
    const kids = Object.keys(edge_keys.keys).map((kid) => `edge_signing_key{kid="${kid}"} 1`);
    const text = family('edge_requests_total', 'counter', lines.r).concat(
        family('edge_sent_bytes_total', 'counter', lines.b),
        family('edge_origin_bytes_total', 'counter', lines.o),
        gauge('edge_disk_low', 'f|disk_low'),
        gauge('edge_revocations_pulled_timestamp_seconds', 'p|at'),
        family('edge_revocation_pull_failures_total', 'counter',
               [`edge_revocation_pull_failures_total ${counters.get('p|failed') || 0}`]),
        family('edge_revocations_refused_total', 'counter',
               [`edge_revocations_refused_total ${counters.get('p|refused') || 0}`]),
        family('edge_signing_key', 'gauge', kids),
        family('edge_revoked_entries', 'gauge', [`edge_revoked_entries ${ngx.shared.revoked.size()}`]));
    r.headersOut['Content-Type'] = 'text/plain; version=0.0.4';
    r.return(200, `${text.join('\n')}\n`);
}

function now() {
    return Math.floor(Date.now() / 1000);
}

/* Pushed revocations: PUT, DELETE or GET /_edge/revoked/s:<share>; without an entry, the list of them. */
function revocation(r) {
    const entry = r.uri.slice(ENTRIES_PATH.length);
    const list = ngx.shared.revoked;
    if (entry === '' && r.method === 'GET') {
        r.headersOut['Content-Type'] = 'application/json';
        r.return(200, JSON.stringify({ revoked: list.keys(ALL) }));
    } else if (!ENTRY.test(entry)) {
        r.return(400);
    } else if (r.method === 'GET') {
        r.return(list.has(entry) ? 204 : 404);
    } else if (r.method === 'PUT') {
        list.set(entry, `${now()}`);
        r.return(204);
    } else if (r.method === 'DELETE') {
        list.delete(entry);
        r.return(204);
    } else {
        r.return(405);
    }
}

/* Enters what was told; what stands for longer than the dictionary remembers is entered anew in good time. */
function enter(list, entry) {
    const known = list.get(entry);
    if (known === undefined || now() - Number(known) > RENEW_AFTER_S) {
        list.set(entry, `${now()}`);
    }
}

/*
 * Pulled revocations: js_periodic, every worker, every few seconds: one that hangs must not make the others deaf.
 * Entries outlive the longest token and then leave the dictionary by themselves; while the API is away, what is known stays. A full dictionary refuses an
 * entry, never forgets one: the others are entered all the same, and the counter tells.
 */
function take(answer) {
    const list = ngx.shared.revoked;
    let refused = 0;
    answer.revoked.filter((entry) => ENTRY.test(entry)).forEach((entry) => {
        try {
            enter(list, entry);
        } catch (error) {
            refused += 1;
        }
    });
    (answer.lifted || []).forEach((entry) => list.delete(entry));
    if (refused) {
        ngx.shared.egress.incr('p|refused', refused, 0);
        ngx.log(ngx.ERR, `${refused} revocations found no room: raise revoked_zone`);
    }
}

async function pull() {
    const counters = ngx.shared.egress;
    if (!edge_keys.revocations) {
        return;
    }
    try {
        const reply = await ngx.fetch(edge_keys.revocations);
        if (reply.status !== 200) {
            throw new Error(`status ${reply.status}`);
        }
        take(await reply.json());
        counters.set('p|at', now());
    } catch (error) {
        counters.incr('p|failed', 1, 0);
        ngx.log(ngx.WARN, `revocations not pulled: ${error.message}`);
    }
}

/*
 * The disk guard. nginx trims its cache up to ten seconds late, and on a full disk it sends truncated
 * answers. Whoever watches the disk sets this flag; objects are then streamed without being stored.
 */
function diskFlag(r) {
    const counters = ngx.shared.egress;
    if (r.method === 'GET') {
        r.return(counters.get('f|disk_low') ? 204 : 404);
    } else if (r.method === 'PUT' || r.method === 'DELETE') {
        counters.set('f|disk_low', r.method === 'PUT' ? 1 : 0);
        r.return(204);
    } else {
        r.return(405);
    }
}

export default { metrics, revocation, pull, diskFlag };
