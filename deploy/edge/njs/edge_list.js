/*
 * What is revoked, kept in a shared dictionary: every worker sees a change at once, and it survives a restart.
 * Needs njs >= 0.9.1; where nginx has an older one, edge_list_preloaded.js takes this file's place.
 */
function has(entry) {
    return ngx.shared.revoked.has(entry);
}

export default { has };
