/*
 * AWS Signature Version 4 for the read-only fetch from storage, and what a failed fetch looks like outside.
 *
 * The signature travels in headers: proxy_set_header is evaluated only when a request to storage is really
 * built, so a cached answer signs nothing. (A presigned query in proxy_pass would be signed on every hit.)
 *
 * Always GET: with proxy_cache_convert_head a viewer's HEAD becomes a GET. Range is not a signed header, so
 * the slice module may set it. Both variables are `nocache`: the slices of one slow download share a variable
 * context, and a date remembered from the first is refused by S3 after fifteen minutes.
 */
import crypto from 'crypto';

const EMPTY_BODY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const QUERY_LIVES_S = 12 * 3600;
const SIGNED_HEADERS = 'host;x-amz-content-sha256;x-amz-date';

const WORDS = { 400: 'bad-request', 429: 'too-many-requests' };

function hmac(key, text) {
    return crypto.createHmac('sha256', key).update(text).digest();
}

/* $origin_date; must stand before the Authorization header in the configuration. */
function date(r) {
    const stamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');   // 20260102T030405Z
    r.variables.origin_date_used = stamp;
    return stamp;
}

/*
 * Derived anew for every fetch: four HMACs, some 20 us, on misses only. Remembered in a shared dictionary it
 * would outlive a reload and go on signing with a secret that has been replaced.
 */
function signingKey(storage, day) {
    return hmac(hmac(hmac(hmac(`AWS4${storage.secret}`, day), storage.region), 's3'), 'aws4_request');
}

/* $origin_authorization. $edge_object holds only [A-Za-z0-9_./-], for which URI encoding changes nothing. */
function authorization(r) {
    const storage = edge_keys.storage;
    const stamp = r.variables.origin_date_used || date(r);
    const scope = `${stamp.slice(0, 8)}/${storage.region}/s3/aws4_request`;
    const request = `GET\n${r.variables.edge_object}\n\nhost:${storage.host}\n`
        + `x-amz-content-sha256:${EMPTY_BODY}\nx-amz-date:${stamp}\n\n${SIGNED_HEADERS}\n${EMPTY_BODY}`;
    const digest = crypto.createHash('sha256').update(request).digest('hex');
    const signature = crypto.createHmac('sha256', signingKey(storage, stamp.slice(0, 8)))
        .update(`AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${digest}`)
        .digest('hex');
    return `AWS4-HMAC-SHA256 Credential=${storage.key_id}/${scope},`
        + `SignedHeaders=${SIGNED_HEADERS},Signature=${signature}`;
}

/*
 * $origin_query, for large files where njs remembers a variable for all slices of a request (before 0.8.6): S3
 * takes a date in a header for fifteen minutes, and a signature in the query for as long as it says.
 */
function query(r) {
    const storage = edge_keys.storage;
    const stamp = date(r);
    const scope = `${stamp.slice(0, 8)}/${storage.region}/s3/aws4_request`;
    const text = 'X-Amz-Algorithm=AWS4-HMAC-SHA256'
        + `&X-Amz-Credential=${encodeURIComponent(`${storage.key_id}/${scope}`)}`
        + `&X-Amz-Date=${stamp}&X-Amz-Expires=${QUERY_LIVES_S}&X-Amz-SignedHeaders=host`;
    const request = `GET\n${r.variables.edge_object}\n${text}\nhost:${storage.host}\n\nhost\nUNSIGNED-PAYLOAD`;
    const digest = crypto.createHash('sha256').update(request).digest('hex');
    const signature = crypto.createHmac('sha256', signingKey(storage, stamp.slice(0, 8)))
        .update(`AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${digest}`)
        .digest('hex');
    return `${text}&X-Amz-Signature=${signature}`;
}

function isLimited(variables) {
    return variables.limit_req_status === 'REJECTED' || variables.limit_conn_status === 'REJECTED';
}

/*
 * The status a viewer sees when storage did not give the object. A 403 of storage is our fault (credentials,
 * clock): shown as such, players would give up on our outage. Empty: a failure remembered for two seconds.
 */
function outsideStatus(variables) {
    if (isLimited(variables)) {
        return 429;
    }
    if (!variables.upstream_status && !variables.upstream_cache_status) {
        return 400;                        // storage was not asked: the body of the request was no good
    }
    const last = (variables.upstream_status || '').split(/[ ,:]+/).pop();
    if (last === '504') {
        return 504;
    }
    return last === '503' || last === '429' ? 503 : 502;
}

/* Content of the location behind error_page; the XML of storage never reaches a viewer. */
function failure(r) {
    const status = outsideStatus(r.variables);
    r.headersOut['Content-Type'] = 'application/json';
    r.return(status, `{"error":"${WORDS[status] || 'storage-unavailable'}"}`);
}

/* A range that begins behind the end: an answer without a body, of the object's type, that nobody keeps for a year. */
function unsatisfied(r) {
    delete r.headersOut['Cache-Control'];
    r.headersOut['Content-Length'] = '0';
    r.status = 416;
    r.sendHeader();
    r.finish();
}

export default { date, authorization, query, failure, unsatisfied };
