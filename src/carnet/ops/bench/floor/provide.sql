-- The floor of `provide`: what ITI-41 and ITI-65 send to PostgreSQL for one 20 KB document, journal and event included.
-- A colon inside a text is written \x3a: pgbench would take what follows for a variable.
-- Standing, context, claim of the names, then the one statement that writes everything.
\set n 1800275000000 + random(101, 1100)
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
SELECT COALESCE((SELECT revision FROM documents_head WHERE record_id = :record_id), 0) AS revision,
       gen_random_uuid() AS entry, gen_random_uuid() AS set_id, gen_random_uuid() AS object,
       (SELECT wrapped FROM kernel_record_key WHERE record_id = :record_id),
       (SELECT id FROM documents_submission WHERE record_id = :record_id AND unique_id = '2.25.' || :number::text || :client_id::text),
       (SELECT meta FROM documents_submission WHERE record_id = :record_id AND unique_id = '2.25.' || :number::text || :client_id::text),
       ARRAY(SELECT e.unique_id || ' ' || encode(o.sha1, 'hex')
               FROM kernel_locator l
               JOIN documents_entry e ON e.record_id = l.record_id AND e.unique_id = substr(l.name, 5)
               JOIN documents_object o ON o.record_id = e.record_id AND o.id = e.object_id
              WHERE l.domain = 1 AND l.name = ANY(ARRAY['doc:2.25.' || :number::text]::text[])),
       ARRAY(SELECT id FROM documents_entry WHERE record_id = :record_id AND id = ANY('{}'::uuid[])
              UNION ALL
             SELECT id FROM documents_submission WHERE record_id = :record_id AND id = ANY('{}'::uuid[]))
\gset
WITH hurry AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO kernel_locator (domain, name, record_id)
SELECT 1, name, :record_id FROM hurry, unnest(ARRAY['doc:2.25.' || :number::text]) AS name
ON CONFLICT DO NOTHING;
WITH head AS (
    INSERT INTO documents_head (record_id, revision, updated_at) VALUES (:record_id, 1, now())
    ON CONFLICT (record_id) DO UPDATE SET revision = documents_head.revision + 1, updated_at = excluded.updated_at
    WHERE documents_head.revision = :revision
    RETURNING record_id
), submission AS (
    INSERT INTO documents_submission (record_id, id, unique_id, source_id, submitted_at, meta)
    SELECT record_id, :set_id::uuid, '2.25.' || :number::text || :client_id::text, '1.2.250.1.999.1', now(), E'{"entry_uuid":"urn\\x3auuid:50df4570-cece-8b20-ab03-edd7e5780f20","unique_id":"2.25.9234567890123456789012345678901234","source_id":"1.2.250.1.999.1","patient_id":"180027500000145^^^&1.2.250.1.213.1.4.10&ISO^NH","submission_time":"20260102040000","content_type_code":{"code":"03","scheme":"1.2.250.1.213.2.2","display":"Hospitalisation complète"},"authors":[{"person":"899900000011^FLOOR^Dominique^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"}]}' FROM head
), objects AS (
    INSERT INTO documents_object (record_id, id, size, sha1, sha256, inline, file, file_key)
    SELECT head.record_id, o.* FROM head, unnest(
        ARRAY[:object::uuid]::uuid[], '{20480}'::bigint[], ARRAY['\x000102030405060708090a0b0c0d0e0f10111213'::bytea]::bytea[], ARRAY['\x000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f'::bytea]::bytea[],
        ARRAY[decode(repeat('5a', 20508), 'hex')]::bytea[], ARRAY[NULL]::text[], ARRAY[NULL]::bytea[]) AS o
), entries AS (
    INSERT INTO documents_entry (record_id, id, lineage, logical_id, version, submission, unique_id, status, flags,
        owner_person, owner_structure, typ, opens_at, type_code, class_code, creation, service_start, service_stop,
        object_id, registered_at, meta)
    SELECT head.record_id, e.id, e.lineage, e.id, 1, :set_id::uuid, e.unique_id, 0, e.flags,
        '899900000011', '1330000001', e.typ, now(), e.type_code, e.class_code, e.creation,
        e.service_start, e.service_stop, e.object_id, now(), e.meta
    FROM head, unnest(
        ARRAY[:entry::uuid]::uuid[], ARRAY[:entry::uuid]::uuid[], ARRAY['2.25.' || :number::text]::text[], '{0}'::integer[], '{9}'::smallint[],
        '{11502-2}'::text[], '{10}'::text[], '{20260102030405}'::text[], '{20260102000000}'::text[], '{""}'::text[],
        ARRAY[:object::uuid]::uuid[], ARRAY[E'{"entry_uuid":"urn\\x3auuid:60df4570-cece-8b20-ab03-edd7e5780f20","unique_id":"2.25.1234567890123456789012345678901234","patient_id":"180027500000145^^^&1.2.250.1.213.1.4.10&ISO^NH","mime_type":"text/xml","class_code":{"code":"10","scheme":"1.2.250.1.213.1.1.4.1","display":"Compte rendu"},"type_code":{"code":"11502-2","scheme":"2.16.840.1.113883.6.1","display":"Compte rendu d''examens biologiques"},"format_code":{"code":"urn\\x3aihe\\x3alab\\x3axd-lab:2008","scheme":"1.3.6.1.4.1.19376.1.2.3","display":"Compte rendu de biologie"},"healthcare_facility_type_code":{"code":"SA01","scheme":"1.2.250.1.71.4.2.4","display":"Etablissement public de santé"},"practice_setting_code":{"code":"ETABLISSEMENT","scheme":"1.2.250.1.213.1.1.4.9","display":"Etablissement de santé"},"confidentiality_codes":[{"code":"N","scheme":"2.16.840.1.113883.5.25","display":"Normal"}],"authors":[{"person":"899900000011^FLOOR^Dominique^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS","institutions":["CENTRE HOSPITALIER FICTIF^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1330000001"],"specialties":["G15_10/SM26^Qualifié en médecine générale (SM)^1.2.250.1.213.1.1.4.5"]}],"legal_authenticator":"899900000011^FLOOR^Dominique^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS","title":"Compte rendu de biologie","language_code":"fr-FR","creation_time":"20260102030405","service_start_time":"20260102","source_patient_id":"180027500000145^^^&1.2.250.1.213.1.4.10&ISO^NH","source_patient_info":["PID-5|FICTIF^JEAN^^^^^L","PID-7|19800201","PID-8|M"],"hash":"000102030405060708090a0b0c0d0e0f10111213","size":20480,"repository_unique_id":"1.2.250.1.213.1.4.999.1","logical_id":"urn\\x3auuid:60df4570-cece-8b20-ab03-edd7e5780f20"}']::text[])
        AS e(id, lineage, unique_id, flags, typ, type_code, class_code, creation, service_start, service_stop,
             object_id, meta)
), associations AS (
    INSERT INTO documents_association (record_id, id, submission, type, source, target, meta)
    SELECT head.record_id, a.id, :set_id::uuid, a.type, a.source, a.target, a.meta
    FROM head, unnest('{}'::uuid[], '{}'::text[], '{}'::uuid[],
        '{}'::uuid[], '{}'::text[]) AS a(id, type, source, target, meta)
), replaced AS (
    -- What hides a replacement hides the documents it replaces: visibility belongs to the lineage.
    UPDATE documents_entry AS e
    SET status = CASE WHEN e.id = ANY('{}'::uuid[]) THEN 1 ELSE e.status END,
        flags = e.flags | r.flags
    FROM head, unnest(ARRAY[:entry::uuid]::uuid[], '{0}'::integer[]) AS r(lineage, flags)
    WHERE cardinality('{}'::uuid[]) > 0 AND e.record_id = head.record_id AND e.lineage = r.lineage
), events AS (
    INSERT INTO kernel_outbox (record_id, kind, subject)
    SELECT head.record_id, e.kind, e.subject FROM head, (
        SELECT 'document.provided' AS kind, unnest(ARRAY[:entry::uuid]::uuid[]) AS subject
        UNION ALL SELECT 'document.replaced', unnest('{}'::uuid[])) AS e
), trace AS (
    INSERT INTO journal_entry (record_id, at, writer, number, action, outcome, rule, actor_kind, person, structure, name, structure_name, profession, purpose, proof, software, subjects, detail, mac) SELECT :record_id::bigint, clock_timestamp()::timestamptz, :client_id::bigint, :number::bigint, 'document.provide'::text, 'done'::text, 'feeding-duty'::text, 'professional'::text, '899900000011'::text, '1330000001'::text, 'FLOOR Dominique'::text, 'CENTRE HOSPITALIER FICTIF'::text, '10'::text, 'normal'::text, 'certificate'::text, 'bench'::text, ARRAY[:entry::uuid]::uuid[], ''::text, '\x000102030405060708090a0b0c0d0e0f'::bytea FROM head
)
SELECT count(*) FROM head;
