import AIBoxAPI
import Foundation
import ServiceClients
import Storage
import TestSupport
import Testing

@testable import DataManager

/// Plates with a key: unreadable wherever they lie, and found as before, also while they are being sealed.
@Suite struct PlateEncryptionTests {
    private let folder: TestFolder
    private let old = WrappingKey()
    private let new = WrappingKey()
    private let known = KnownPlate(
        plateNumber: "RR-88 ZZ.77", label: "Readable Label", list: .deny, notes: "Readable notes")

    init() throws { folder = try TestFolder() }

    /// Where rows are; the tests themselves say with which keys.
    static let places = TestRows.here.filter { !$0.isEncrypted }

    private func open(
        _ keys: [WrappingKey], postgres url: String? = nil, requiringSealed isStrict: Bool = false
    ) async throws -> DataManager {
        var configuration = DataManager.Configuration(folder: folder.path)
        if let url { configuration.database = .postgres(url: url, replicas: []) }
        if !keys.isEmpty { configuration.keys = .value(keys.map(\.line).joined(separator: "\n"), name: "keys") }
        configuration.requiresSealed = isStrict
        return try await DataManager(configuration, logger: .silent)
    }

    private func fill(_ manager: DataManager) async throws -> InferenceRecord {
        let secret = "whsec_" + String(repeating: "A", count: 32)
        try await manager.createWebhook(Webhook(url: "https://example.org/", secret: secret))
        let record = PlateExamples.record()
        try await manager.store(record, picture: nil)
        try await manager.createKnownPlate(known)
        _ = try await manager.write { try WebhookDelivery.fanOut($0) }
        let deliveries = try await manager.read {
            try $0.value("SELECT count(*) FROM webhook_deliveries", as: Int.self)
        }
        #expect(deliveries ?? 0 >= 2)
        return record
    }

    private func verify(_ record: InferenceRecord, _ manager: DataManager) async throws {
        try await verifyPlateSearch(manager, of: record)
        #expect(try await manager.knownPlate(known.id) == known)
        #expect(try await manager.knownPlates(KnownPlateQuery()).items == [known])
        let matches = try await manager.matchPlates(["RR88ZZ77", "RRB8ZZ77", "RR88ZZ7"], fuzzy: true)
        #expect(matches.map { $0?.isExact } == [true, false, nil] && matches[0]?.label == "Readable Label")
        let taken = await problem {
            try await manager.createKnownPlate(KnownPlate(plateNumber: "rr88zz77", label: "", list: .allow))
        }
        #expect(taken?.status == 409 && taken?.detail?.contains("RR-88 ZZ.77") == true)
    }

    /// What must not be found: numbers of six characters and more, as read and as searched for, and their longer parts.
    private static let readable: [String] = {
        let numbers = PlateExamples.numbers + ["RR-88 ZZ.77", "RR88ZZ77", "QK7Z9XW4", "0K729XW4"]
        let parts = numbers.flatMap { number in
            let characters = Array(number)
            return characters.count < 6 ? [] : (0...characters.count - 6).map { String(characters[$0..<$0 + 6]) }
        }
        return ["eadable"] + Set(parts)
    }()

    /// The texts that can be read in a file of the folder, or in what pg_dump writes.
    private func found(postgres url: String?) throws -> [String] {
        var contents = try folder.files(below: ".").compactMap {
            FileManager.default.contents(atPath: "\(folder.path)/\($0)")
        }
        if let url { contents.append(Data(try TestPostgres.shared().dump(url).utf8)) }
        #expect(!contents.isEmpty)
        return Self.readable.filter { text in contents.contains { $0.range(of: Data(text.utf8)) != nil } }
    }

    private func newDatabase(_ rows: TestRows) throws -> String? {
        rows.isPostgres ? try TestPostgres.shared().newDatabase() : nil
    }

    @Test(arguments: places) func whatIsStoredWithAKeyCannotBeReadAnywhere(_ rows: TestRows) async throws {
        let url = try newDatabase(rows)
        let manager = try await open([old], postgres: url)
        let record = try await fill(manager)
        try await verify(record, manager)
        #expect(try found(postgres: url) == [], "in the journal too")
        #expect(await manager.database.eraseJournal())
        #expect(try found(postgres: url) == [])
        await manager.close()
        #expect(try found(postgres: url) == [])

        let plain = try TestFolder()
        let other = try await DataManager(plain)
        _ = try await fill(other)
        await other.close()
        let content = try #require(FileManager.default.contents(atPath: plain.database))
        #expect(content.range(of: Data("QK7Z9X".utf8)) != nil, "they can be without a key")
    }

    /// The pass is cut off after each of its transactions.
    @Test(arguments: places) func whatIsPlainIsFoundWhileItIsSealedAndUnreadableAfterwards(_ rows: TestRows)
        async throws
    {
        let url = try newDatabase(rows)
        let plain = try await open([], postgres: url)
        let record = try await fill(plain)
        try await verify(record, plain)
        await plain.close()
        #expect(try found(postgres: url).count > 10)
        await #expect(throws: DataManagerError.self) {
            await (try await open([old], postgres: url, requiringSealed: true)).close()
        }

        for sealed in 0..<PlateExamples.numbers.count {
            let manager = try await open([old], postgres: url)
            let rows = try await manager.read {
                try $0.value("SELECT count(*) FROM detections WHERE sealed IS NOT NULL", as: Int.self)
            }
            #expect(rows == sealed)
            try await verify(record, manager)
            let pass = PlateSealing(cipher: manager.cipher)
            let step = try await manager.write { try pass.detections(.readings, after: nil, limit: sealed + 1, $0) }
            #expect(step?.sealed == 1)
            await manager.close()
        }
        let cut = try await open([old], postgres: url)
        try await verify(record, cut)
        let pass = PlateSealing(cipher: cut.cipher)
        #expect(try await cut.write { try pass.knownPlates(limit: 10, $0) } == 1)
        try await verify(record, cut)
        #expect(try await cut.write { try pass.removePlainIndex(limit: 3, $0) } == 6)
        try await verify(record, cut)
        await cut.close()

        let sealing = try await open([old], postgres: url)
        try await sealing.sealAll(limit: 1)
        try await verify(record, sealing)
        #expect(try found(postgres: url) == [])
        await sealing.close()
        let strict = try await open([old], postgres: url, requiringSealed: true)
        try await verify(record, strict)
        try await strict.write { try $0.execute("UPDATE detections SET sealed = NULL") }
        let refused = await problem { _ = try await strict.detection(record.detections[0].id) }
        #expect(refused?.type == "/problems/damaged")
        await strict.close()
    }

    /// Many enough that SQLite has moved rows from page to page.
    @Test func theFileKeepsNothingPlainOfManyPlates() async throws {
        let plain = try await open([])
        var random = SplitMix(5)
        for _ in 0..<30 {
            let items = (0..<100).map { _ in
                let number = "QK7\(Int.random(in: 10_000...99_999, using: &random))"
                return DetectionRecord.example(task: .plates, label: number, plateNumber: number)
            }
            try await plain.store(.example(items), picture: nil)
        }
        await plain.close()
        #expect(try numbersInFile() > 3000)
        let sealing = try await open([old])
        try await sealing.sealAll(limit: 20)
        #expect(try await sealing.detections(DetectionQuery { $0.plate = "QK7*" }).items.count == 50)
        await sealing.close()
        #expect(try numbersInFile() == 0)
    }

    private func numbersInFile() throws -> Int {
        let content = try #require(FileManager.default.contents(atPath: folder.database))
        let (start, digits) = (Array("QK7".utf8), UInt8(ascii: "0")...UInt8(ascii: "9"))
        return content.withUnsafeBytes { bytes in
            (0..<max(0, bytes.count - 7)).count { place in
                bytes[place] == start[0] && bytes[place + 1] == start[1] && bytes[place + 2] == start[2]
                    && bytes[(place + 3)..<(place + 8)].allSatisfy(digits.contains)
            }
        }
    }

    @Test func afterARotationAndACopyTheyAreFoundAsBefore() async throws {
        let first = try await open([old])
        let record = try await fill(first)
        try await first.sealAll(limit: 1)
        await first.close()
        let rotated = try await open([new, old])
        let keys = try #require(rotated.cipher.keys)
        _ = try await keys.rewrapAll()
        try await keys.retireWaiting(old.id)
        await rotated.close()
        let last = try await open([new])
        try await verify(record, last)
        await last.close()
        guard let url = try TestPostgres.isInstalled ? newDatabase(.postgres) : nil else { return }

        let source = try SQLiteDatabase(.init(path: folder.database))
        let target = try await PostgresDatabase.open(.init(url: url))
        let report = try await DatabaseCopy(from: source, to: target, schema: .dataManager).run { _, _ in }
        #expect(report.isComplete)
        await source.close()
        await target.close()
        let copied = try await open([new], postgres: url)
        try await verify(record, copied)
        await copied.close()
    }

    @Test func whatIsMovedToAnotherRowDoesNotOpen() async throws {
        let manager = try await open([old])
        let items = try await fill(manager).detections
        try await manager.write {
            try $0.execute(
                "UPDATE detections SET sealed = (SELECT sealed FROM detections WHERE id = ?) WHERE id = ?",
                [items[0].id, items[1].id])
        }
        let moved = await problem { _ = try await manager.detection(items[1].id) }
        #expect(moved?.type == "/problems/damaged")
        await manager.close()
    }

    @Test func anEarlierVersionsPlatesAreYetToBeSealed() async throws {
        for hasPlates in [false, true] {
            let folder = try TestFolder()
            let old = try SQLiteDatabase(.init(path: folder.database))
            _ = try await Schema(Array(Schema.dataManager.migrations[..<10])).migrate(old)
            try await old.write {
                try $0.execute("INSERT INTO key_store (id, mark, is_sealed) VALUES (1, x'00', 1)")
                if hasPlates { try $0.execute("INSERT INTO plates VALUES ('AB123')") }
            }
            _ = try await Schema(Array(Schema.dataManager.migrations[..<12])).migrate(old)
            #expect(try await old.read { try KeyStoreMark.isSealed($0) } == !hasPlates)
            await old.close()
        }
    }

    /// None of them reads a whole table or index.
    @Test(arguments: PlateExamples.patterns.map(\.pattern), TestRows.embedded)
    func aPatternIsLookedUp(_ pattern: String, _ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            try await manager.store(PlateExamples.record(), picture: nil)
            let plan: [String] = try await manager.read { db in
                let index = PlateIndex(cipher: manager.cipher.plates)
                guard let select = try index.lookUp(PlateWildcards(pattern), limit: 10, db) else { return [] }
                let sql = "EXPLAIN QUERY PLAN \(select.sql) LIMIT 10"
                return try db.rows(sql, select.values).map { try $0.get("detail") }
            }
            let scans = plan.filter { $0.hasPrefix("SCAN") }
            #expect(scans.isEmpty, "\(plan)")
        }
    }
}
