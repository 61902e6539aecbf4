-- The floor of `list`: what ITI-18 FindDocuments and ITI-67 send to PostgreSQL, journal included.
-- The standing of the actor in the record, then its visible entries with the trace.
\set n 1800275000000 + random(1, 100)
\set key 97 - (:n % 97)
\set number random(1, 9000000000000000)
SELECT r.record_id AS record_id, r.status = 'closed' AS closed, p.state, s.state, COALESCE(p.treating, false) AS treating
FROM kernel_locator l JOIN identity_record r ON r.record_id = l.record_id
LEFT JOIN access_authorisation p
       ON p.record_id = r.record_id AND p.grantee = 'p:' || '899900000011'::text AND (p.until IS NULL OR p.until > now())
LEFT JOIN access_authorisation s
       ON s.record_id = r.record_id AND s.grantee = 's:' || '1330000001'::text AND (s.until IS NULL OR s.until > now())
WHERE l.domain = 1 AND l.name = 'ins:1.2.250.1.213.1.4.10:' || :n::text || lpad((:key)::text, 2, '0')
\gset
WITH 
seen AS (
    SELECT id, logical_id, version, status, flags, meta, lineage, unique_id, type_code, class_code, creation,
           service_start, service_stop, registered_at, object_id
    FROM documents_entry
    WHERE record_id = :record_id AND NOT (lineage = ANY('{}'::uuid[])) AND (owner_person = ANY('{1330000001,899900000011}'::text[]) OR owner_structure = ANY('{1330000001,899900000011}'::text[]) OR lineage = ANY('{}'::uuid[]) OR (flags & 33 = 0 AND (-1::bigint >> typ) & 1 = 1 AND opens_at <= now()))
)
,
related AS (
    SELECT a.source, array_agg(a.type || ' ' || t.id || ' ' || t.logical_id ORDER BY a.id) AS relations
    FROM documents_association a JOIN seen t ON t.id = a.target
    WHERE a.record_id = :record_id AND true::boolean
    GROUP BY a.source
)
,
     wanted AS (
SELECT DISTINCT ON (unique_id) * FROM seen WHERE 
status = ANY('{0}'::smallint[])
AND (NULL::text[] IS NULL OR type_code = ANY(NULL::text[]))
AND (NULL::text[] IS NULL OR class_code = ANY(NULL::text[]))
AND (false::boolean IS NOT TRUE
     OR unique_id = ANY('{}'::text[])
     OR id = ANY('{}'::uuid[])
     OR logical_id = ANY('{}'::uuid[]))
AND creation >= ''::text AND creation < '~'::text
AND service_start >= ''::text AND service_start < '~'::text
AND service_stop >= ''::text AND service_stop < '~'::text
ORDER BY unique_id, status, registered_at DESC, id
),
     trace AS (INSERT INTO journal_entry (record_id, at, writer, number, action, outcome, rule, actor_kind, person, structure, name, structure_name, profession, purpose, proof, software, subjects, detail, mac) SELECT :record_id::bigint, clock_timestamp()::timestamptz, :client_id::bigint, :number::bigint, 'document.list'::text, 'done'::text, 'care-team'::text, 'professional'::text, '899900000011'::text, '1330000001'::text, 'FLOOR Dominique'::text, 'CENTRE HOSPITALIER FICTIF'::text, '10'::text, 'normal'::text, 'certificate'::text, 'bench'::text, '{}'::uuid[], ''::text, '\x000102030405060708090a0b0c0d0e0f'::bytea)
SELECT id, logical_id, version, status, flags, meta, creation, (SELECT count(*) FROM wanted), relations
FROM wanted LEFT JOIN related ON related.source = wanted.id
WHERE NULL::text IS NULL OR (creation, id) < (NULL::text, NULL::uuid)
ORDER BY creation DESC, id DESC
LIMIT NULL;
