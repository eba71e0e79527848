import AIBoxAPI
import GRDB
import Testing

@testable import DataManager

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
    ]

    @Test func everyMigrationHasItsFixture() {
        #expect(Schema.migrator.migrations == Self.versions.map(\.name))
    }

    @Test(arguments: versions.indices) func aDatabaseOfEachVersionIsBroughtUpWithItsRows(_ version: Int) async throws {
        let folder = try TestFolder()
        let old = try DatabasePool(path: folder.database)
        for (name, rows) in Self.versions[...version] {
            try Schema.migrator.migrate(old, upTo: name)
            try await old.write { try $0.execute(sql: rows) }
        }
        try old.close()

        let manager = try DataManager(folder)
        let face = try #require(try await manager.detections(DetectionQuery()).items.first)
        #expect(face.details.quality == 0.25 && face.cameraID == "gate" && face.capturedAt.milliseconds == 1000)
        #expect(try await manager.inference(face.inferenceID)?.timing.decodeMS == 1)
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
        #expect(try await schema(manager) == freshSchema())
        await manager.store.close()
    }

    private func verifyGallery(_ manager: DataManager, _ detection: DetectionRecord) async throws {
        let person = try #require(try await manager.persons(PersonQuery { $0.externalID = "key" }).items.first)
        #expect(person.name == "An" && person.metadata == ["a": .number(1)] && person.faceCount == 1)
        #expect(detection.details.person == FaceMatch(id: person.id, name: "An", similarity: 0.9, cosine: 0.5))
        let changes = try await manager.galleryChanges(since: 0, limit: 10)
        let face = try #require(changes.faces.first)
        #expect(face.templates.map(\.vector) == [[1, 0]] && changes.removed.count == 1 && changes.revision == 2)
        let crop = try await manager.faceCrop(face.id, ofPerson: person.id)
        #expect(crop.map { Array($0.readableBytesView) } == [0xFF, 0xD8, 0xFF])
    }

    @Test func aDatabaseOfALaterVersionIsRefused() async throws {
        let folder = try TestFolder()
        let later = try DatabasePool(path: folder.database)
        var migrator = Schema.migrator
        migrator.registerMigration("9999-later") { try $0.execute(sql: "CREATE TABLE later (x)") }
        try migrator.migrate(later)
        try later.close()

        let error = #expect(throws: DataManagerError.self) { try DataManager(folder) }
        #expect(error?.code == .newer)
        #expect(error?.message.contains("9999-later") == true && error?.message.contains(folder.database) == true)
    }

    private func freshSchema() async throws -> [String] {
        let folder = try TestFolder()
        let manager = try DataManager(folder)
        defer { withExtendedLifetime(folder) {} }
        return try await schema(manager)
    }

    private func schema(_ manager: DataManager) async throws -> [String] {
        try await manager.store.read {
            try String.fetchAll($0, sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        }
    }
}
