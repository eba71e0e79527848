import AIBoxAPI
import Testing

@testable import DataManager
@testable import Storage

@Suite struct MigrationTests {
    /// Each released version with rows as it wrote them.
    static let versions: [(name: String, rows: String)] = [
        (
            "0001-detections",
            """
            INSERT INTO inferences VALUES (x'01A212C4F87F71E6B88E261057899062', 'r', 'faces', '[]', 640, 480,
                '{"decode_ms":1,"preprocess_ms":0,"queue_ms":0,"inference_ms":0,"postprocess_ms":0,"store_ms":0}',
                'gate', NULL, 1000, 2000, NULL);
            INSERT INTO detections VALUES (x'01A212C4F87F71E6B88E261057899063', x'01A212C4F87F71E6B88E261057899062',
                'faces', 'face', 0.5, 1, 2, 3, 4, NULL, '{"quality":0.25}', 'gate', NULL, 1000, 2000, 0);
            """
        ),
        (
            "0002-identity",
            """
            INSERT INTO users VALUES (x'01A212C4F87F71E6B88E261057899064', 'root', 'admin', NULL, NULL, 1, 3000, 'h');
            INSERT INTO sessions VALUES (x'01A212C4F87F71E6B88E261057899065', x'01A212C4F87F71E6B88E261057899064',
                'r', 9000000000000);
            INSERT INTO refresh_tokens VALUES ('r', x'01A212C4F87F71E6B88E261057899065');
            """
        ),
        (
            "0003-gallery",
            """
            INSERT INTO sealed VALUES (1, CAST('an' || char(0) || 'An' || char(0) || 'key' || char(0) || '{"a":1}'
                || char(0) || zeroblob(112) AS BLOB));
            INSERT INTO sealed VALUES (2, x'0000803F00000000');
            INSERT INTO sealed VALUES (3, CAST(x'00000003FFD8FF' || zeroblob(1017) AS BLOB));
            INSERT INTO persons VALUES (x'01A212C4F87F71E6B88E261057899066', 1, 4452171178779021548, 4000, 5000);
            INSERT INTO faces VALUES (x'01A212C4F87F71E6B88E261057899067', x'01A212C4F87F71E6B88E261057899066', 'face',
                0.5, 3, 6000, 1);
            INSERT INTO templates VALUES (x'01A212C4F87F71E6B88E261057899067', 'm@1', 'sha', 2);
            INSERT INTO removed_faces VALUES (2, x'01A212C4F87F71E6B88E261057899068');
            UPDATE gallery_revision SET revision = 2;
            UPDATE detections SET person_id = x'01A212C4F87F71E6B88E261057899066', person_similarity = 0.9,
                person_cosine = 0.5;
            """
        ),
        (
            "0004-known-plates",
            """
            INSERT INTO known_plates VALUES (x'01A212C4F87F71E6B88E261057899069', '51F-123.45', '51F12345', 'boss',
                'allow', NULL, 7000, 8000);
            """
        ),
        ("0005-detection-search", "INSERT INTO plates VALUES ('AB123')"),
        (
            "0006-events",
            """
            INSERT INTO events VALUES (1, x'01A212C4F87F71E6B88E26105789906A', 'KnownPlatesChanged', 9000, 's',
                '{"change":"deleted"}');
            UPDATE event_sequence SET last = 1;
            INSERT INTO event_consumers VALUES ('webhooks', 1, NULL, 0);
            INSERT INTO alerts VALUES (x'01A212C4F87F71E6B88E26105789906B', 'disk_low', 'critical', NULL, 'm', 'open',
                9000, NULL, NULL, NULL);
            INSERT INTO webhooks VALUES (x'01A212C4F87F71E6B88E26105789906C', 'https://example.org', '[]', '',
                'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 1, NULL, 0, 9000, 9000);
            INSERT INTO webhook_deliveries VALUES (x'01A212C4F87F71E6B88E26105789906D',
                x'01A212C4F87F71E6B88E26105789906C', x'01A212C4F87F71E6B88E26105789906A', 'KnownPlatesChanged', 1, '{}',
                'succeeded', 1, 9000, NULL, 9500, 204, NULL, 12.5);
            """
        ),
        (
            "0007-jobs",
            """
            INSERT INTO jobs VALUES (x'01A212C4F87F71E6B88E261057899070', 'db-check', 'running', '{}', '"k"', NULL, NULL,
                1, 2, 1, 5, 1, 3, 0, 'key', x'01A212C4F87F71E6B88E261057899071', 9000, 9000, NULL, 9000, 9000, 9000,
                NULL);
            INSERT INTO job_results VALUES (x'01A212C4F87F71E6B88E261057899070', 1, '"found"');
            INSERT INTO job_schedules VALUES ('weekly', '0 3 * * 0', 'UTC', 'db-check', '{}', 'skip', 1, NULL, 9000);
            """
        ),
        (
            "0008-devices",
            """
            INSERT INTO devices VALUES (x'01A212C4F87F71E6B88E261057899072', 'gate', 'generic', '192.0.2.1', NULL,
                '{"a":1}', 'online', NULL, 9000, 9000, 9000);
            INSERT INTO device_metrics VALUES (x'01A212C4F87F71E6B88E261057899072', 60, 'cpu', 'percent', 60000, 1, 2,
                3, 2);
            """
        ),
        (
            "0009-files",
            """
            INSERT INTO files VALUES (x'01A212C4F87F71E6B88E261057899073', NULL, 'text/csv', 'report', 8,
                '0000000000000000000000000000000000000000000000000000000000000000', NULL, 9000);
            UPDATE file_usage SET bytes = 8;
            """
        ),
        ("0010-encryption", "INSERT INTO erasures_due VALUES (x'01A212C4F87F71E6B88E261057899070')"),
        (
            "0011-metadata",
            """
            INSERT INTO documents VALUES ('inferences', x'01A212C4F87F71E6B88E261057899062', '{"site":"gate-3"}');
            UPDATE inferences SET has_metadata = 1
            """
        ),
        ("0012-sealed-plates", "INSERT INTO plates (plate, sealed) VALUES ('~AAAAAAAAAAA', x'00')"),
        ("0013-blobs", "INSERT INTO blob_owner VALUES (1, x'01A212C4F87F71E6B88E261057899074')"),
        (
            "0014-detection-counts",
            """
            INSERT INTO detection_counts VALUES (0, 'faces', 'face', 'gate', '', 1);
            UPDATE detection_count_state SET counted_until = 900000;
            """
        ),
    ]

    @Test func everyMigrationHasItsFixture() {
        #expect(Schema.dataManager.migrations.map(\.identifier) == Self.versions.map(\.name))
    }

    @Test(arguments: versions.indices) func aDatabaseOfEachVersionIsBroughtUpWithItsRows(_ version: Int) async throws {
        let folder = try TestFolder()
        let old = try SQLiteDatabase(.init(path: folder.database))
        for number in 0...version {
            _ = try await Schema(Array(Schema.dataManager.migrations[...number])).migrate(old)
            try await old.pool.write { try $0.execute(sql: Self.versions[number].rows) }
        }
        await old.close()

        let manager = try await DataManager(folder)
        let face = try #require(try await manager.detections(DetectionQuery()).items.first)
        #expect(face.details.quality == 0.25 && face.cameraID == "gate" && face.capturedAt.milliseconds == 1000)
        #expect(try await manager.inference(face.inferenceID)?.timing.decodeMS == 1)
        let metadata: [String: JSONValue]? = version >= 10 ? ["site": .string("gate-3")] : nil
        #expect(try await manager.detection(face.id)?.metadata == metadata)
        if version >= 1 {
            let user = try #require(try await manager.credential(username: "root")?.user)
            let session = try await manager.rotateSession(refreshHash: "r", successorHash: "s", expiresAt: .now + 1000)
            #expect(session?.userID == user.id)
        }
        if version >= 2 { try await verifyGallery(manager, face) }
        if version >= 3 {
            let known = try await manager.matchPlates(["51F12345"], fuzzy: false)[0]
            #expect(known?.plateNumber == "51F-123.45" && known?.list == .allow)
        }
        if version >= 5 {
            #expect(try await manager.events(EventQuery(after: 0)).events.map(\.sequence) == [1])
            #expect(try await manager.alerts(SystemAlertQuery()).items.map(\.kind) == [.diskLow])
            let webhook = try #require(try await manager.webhooks(WebhookQuery()).items.first)
            let sent = try await manager.deliveries(ofWebhook: webhook.id, WebhookDeliveryQuery())
            #expect(webhook.isActive && sent?.items.map(\.lastDurationMS) == [12.5])
        }
        if version >= 6 { try await verifyJobs(manager) }
        if version >= 7 {
            #expect(try await manager.devices(DeviceQuery()).items.first?.platformInfo == ["a": .integer(1)])
        }
        if version >= 8 { #expect(try await manager.files(FileQuery()).items.first?.mediaType == "text/csv") }
        try await manager.countDetections()
        try await SummaryTests.expectCountsAreThoseOfRows(manager)
        #expect(try await SummaryTests.sum(manager) == 1)
        #expect(try await schema(manager) == freshSchema())
        await manager.close()
    }

    private func verifyJobs(_ manager: DataManager) async throws {
        let job = try #require(try await manager.jobs(JobQuery()).items.first)
        #expect(job.state == .running && job.progress == JobProgress(done: 1, total: 2) && job.priority == 5)
        let results = try await manager.results(ofJob: job.id, JobResultQuery())?.items
        #expect(results == [JobResult(sequence: 1, value: .string("found"))])
        #expect(try await manager.read { try JobSchedule.find("weekly", $0)?.cron } == "0 3 * * 0")
    }

    private func verifyGallery(_ manager: DataManager, _ detection: DetectionRecord) async throws {
        let person = try #require(try await manager.persons(PersonQuery { $0.externalID = "key" }).items.first)
        #expect(person.name == "An" && person.metadata == ["a": .integer(1)] && person.faceCount == 1)
        #expect(detection.details.person == FaceMatch(id: person.id, name: "An", similarity: 0.9, cosine: 0.5))
        let changes = try await manager.galleryChanges(since: 0, limit: 10)
        let face = try #require(changes.faces.first)
        #expect(face.templates.map(\.vector) == [[1, 0]] && changes.removed.count == 1 && changes.revision == 2)
        let crop = try await manager.faceCrop(face.id, ofPerson: person.id)
        #expect(crop.map { Array($0.readableBytesView) } == [0xFF, 0xD8, 0xFF])
    }

    @Test func aDatabaseOfALaterVersionIsRefused() async throws {
        let folder = try TestFolder()
        let later = try SQLiteDatabase(.init(path: folder.database))
        let known = Schema.dataManager.migrations
        let next = Migration(known.count + 1, "later", [.both("CREATE TABLE later (x TEXT) STRICT")])
        _ = try await Schema(known + [next]).migrate(later)
        await later.close()

        let error = await #expect(throws: DataManagerError.self) { try await DataManager(folder) }
        #expect(error?.code == .newer)
        #expect(error?.message.contains(next.identifier) == true && error?.message.contains(folder.database) == true)
    }

    private func freshSchema() async throws -> [String] {
        let folder = try TestFolder()
        let manager = try await DataManager(folder)
        defer { withExtendedLifetime(folder) {} }
        return try await schema(manager)
    }

    private func schema(_ manager: DataManager) async throws -> [String] {
        try await manager.read {
            try $0.values("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        }
    }
}
