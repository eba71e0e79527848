import AIBoxAPI
import TestSupport
import Testing

@testable import Storage

@Suite struct MonthlyPartitionTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", "t_y1970m01", "1970-02-01T00:00:00Z"),
        ("2024-02-29T23:59:59.999Z", "t_y2024m02", "2024-03-01T00:00:00Z"),
        ("2023-02-28T12:00:00Z", "t_y2023m02", "2023-03-01T00:00:00Z"),
        ("2000-02-29T00:00:00Z", "t_y2000m02", "2000-03-01T00:00:00Z"),
        ("2100-02-28T23:59:59.999Z", "t_y2100m02", "2100-03-01T00:00:00Z"),
        ("2026-11-25T10:51:42.123Z", "t_y2026m11", "2026-12-01T00:00:00Z"),
        ("2026-12-31T23:59:59.999Z", "t_y2026m12", "2027-01-01T00:00:00Z"),
        ("2027-01-01T00:00:00Z", "t_y2027m01", "2027-02-01T00:00:00Z"),
    ])
    func aMomentLiesInItsMonth(_ moment: String, _ name: String, _ end: String) throws {
        let milliseconds = try #require(Timestamp(moment)).milliseconds
        let month = try #require(MonthlyPartition(of: "t", milliseconds: milliseconds))
        #expect(month.name == name)
        #expect(Timestamp(milliseconds: month.start).description == moment.prefix(7) + "-01T00:00:00.000Z")
        #expect(month.end == Timestamp(end)?.milliseconds)
    }

    @Test func monthsFollowEachOtherWithoutAGap() throws {
        var month = try #require(MonthlyPartition(of: "t", year: 1970, month: 1))
        var count = 1
        while let next = month.next {
            #expect(month.end == next.start)
            #expect(MonthlyPartition(of: "t", milliseconds: next.start) == next)
            #expect(MonthlyPartition(of: "t", milliseconds: next.start - 1) == month)
            (month, count) = (next, count + 1)
        }
        #expect(count == 230 * 12)
    }

    @Test func boundsAreTheFirstUUIDsOfTheirMonths() throws {
        let month = try #require(MonthlyPartition(of: "detections", year: 2026, month: 11))
        #expect(MonthlyPartition.bound(month.start) == "01a19467-e800-0000-0000-000000000000")
        #expect(MonthlyPartition.bound(0) == "00000000-0000-0000-0000-000000000000")
        #expect(
            month.statement == "CREATE TABLE IF NOT EXISTS \"detections_y2026m11\" PARTITION OF \"detections\""
                + " FOR VALUES FROM ('01a19467-e800-0000-0000-000000000000')"
                + " TO ('\(MonthlyPartition.bound(month.end))')")
    }

    @Test func theMonthOfARowIsReadFromTheServersWords() {
        let detail = "Partition key of the failing row contains (id) = (01a19467-e800-7c3d-8e4f-0123456789ab)."
        #expect(MonthlyPartition(of: "t", holdingKeyIn: detail)?.name == "t_y2026m11")
        #expect(MonthlyPartition(of: "t", holdingKeyIn: "Failing row contains (1).") == nil)
        let faraway = "(id) = (ffffffff-ffff-7c3d-8e4f-0123456789ab)"
        #expect(MonthlyPartition(of: "t", holdingKeyIn: faraway) == nil)
    }
}

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.absence)"))
struct PostgresPartitionTests {
    private static func id(_ moment: String) throws -> UUIDv7 {
        let milliseconds = UInt64(try #require(Timestamp(moment)).milliseconds)
        return try #require(UUIDv7(high: milliseconds << 16 | 0x7000, low: 0x8000_0000_0000_0001))
    }

    private static func partitions(_ database: PostgresDatabase) async throws -> [String] {
        try await database.read { session in
            try session.rows(
                "SELECT relid::text AS name FROM pg_partition_tree('detections') WHERE isleaf ORDER BY 1"
            ).map { try $0.get("name", as: String.self) }
        }
    }

    private static let table =
        "CREATE TABLE detections (id UUID PRIMARY KEY, n BIGINT CHECK (n >= 0)) PARTITION BY RANGE (id)"

    @Test func thisAndTheNextTwoMonthsAreMadeAtOpening() async throws {
        let configuration = PostgresDatabase.Configuration(url: try TestPostgres.shared().newDatabase())
        try await withDatabase(configuration) { try await $0.write { try $0.execute(Self.table) } }
        try await withDatabase(configuration) { database in
            let first = try #require(MonthlyPartition(of: "detections", milliseconds: Timestamp.now.milliseconds))
            let names = sequence(first: first) { $0.next }.prefix(3).map(\.name)
            #expect(try await Self.partitions(database) == names)
            try await database.ensurePartitions(of: "detections", months: 3)
            try await database.ensurePartitions(of: "absent", months: 3)
            #expect(try await Self.partitions(database) == names)
        }
    }

    @Test func aRowBringsAboutItsMonth() async throws {
        try await withPostgres { database in
            try await database.write { try $0.execute(Self.table) }
            let moments = [
                "2024-02-29T23:59:59.999Z", "2024-03-01T00:00:00Z", "2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z",
            ]
            let ids = try moments.map(Self.id)
            try await database.write { session in
                for id in ids.prefix(3) { try session.execute("INSERT INTO detections VALUES (?, 1)", [id]) }
            }
            try await database.write { session in
                let january = try Self.id("2027-01-15T00:00:00Z")
                let rows = [[ids[3].sqlValue, .integer(4)], [january.sqlValue, .integer(5)]]
                try session.copy(rows, into: "detections", columns: ["id", "n"])
            }
            let names = ["y2024m02", "y2024m03", "y2026m12", "y2027m01"].map { "detections_\($0)" }
            #expect(try await Self.partitions(database) == names)
            #expect(try await SQLDatabaseContract.count("detections", in: database) == 5)
        }
    }

    @Test func anotherConstraintStaysAConflict() async throws {
        try await withPostgres { database in
            try await database.write { try $0.execute(Self.table) }
            await expect(.conflict) {
                try await database.write { try $0.execute("INSERT INTO detections VALUES (?, -1)", [UUIDv7()]) }
            }
            // A year in which no partition is made.
            let faraway = SQLValue.bytes([UInt8](repeating: 0xFE, count: 16))
            await expect(.conflict) {
                try await database.write { try $0.execute("INSERT INTO detections VALUES (?, 1)", [faraway]) }
            }
        }
    }
}
