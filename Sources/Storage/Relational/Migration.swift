/// One numbered step of the schema, described once for both databases. A released one is never changed; a new one is
/// appended.
///
/// The text is SQL as both understand it, with these words for what they name differently:
///
/// | word | SQLite | PostgreSQL |
/// |---|---|---|
/// | `ID` | `BLOB`, 16 bytes | `UUID` |
/// | `BYTES` | `BLOB` | `BYTEA` |
/// | `INTEGER` | `INTEGER` | `BIGINT` |
/// | `REAL` | `REAL` | `DOUBLE PRECISION` |
/// | `TEXT` | `TEXT` | `TEXT COLLATE "C"`: compared byte by byte |
/// | `JSON` | `TEXT` | `JSONB` |
/// | `STRICT`, `WITHOUT ROWID` | as they are | nothing |
/// | `PARTITIONED BY id` | nothing | `PARTITION BY RANGE (id)`: a partition for each month |
///
/// The last ones stand behind the closing bracket of a table: `) STRICT, WITHOUT ROWID;`.
public struct Migration: Sendable {
    /// A part of a migration.
    public enum Step: Sendable {
        case both(String)
        /// For this dialect alone: what the other does in another way, or does not need.
        case only(SQLDialect, String)
        /// What SQL cannot say: columns that are computed from others.
        case code(@Sendable (any SQLSession) throws -> Void)
    }

    /// 1, 2, 3 … without a gap.
    public let number: Int
    /// A word or two, for messages; with the number it names the migration: `0001-detections`.
    public let name: String
    public let steps: [Step]
    /// Tables whose rows follow from those of others and are computed anew where they are missing: a copy leaves them as
    /// the migration makes them.
    public let computed: Set<String>

    public init(_ number: Int, _ name: String, _ steps: [Step], computed: Set<String> = []) {
        self.computed = computed
        self.number = number
        self.name = name
        self.steps = steps
    }

    /// `0001-detections`.
    public var identifier: String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "-" + name
    }

    func apply(_ session: any SQLSession) throws {
        for step in steps {
            switch step {
            case .code(let change): try change(session)
            case .both, .only: for statement in step.statements(for: session.dialect) { try session.execute(statement) }
            }
        }
    }
}

extension Migration.Step {
    /// The statements in order; none for code.
    func statements(for dialect: SQLDialect) -> [String] {
        switch self {
        case .both(let text): Self.split(Self.translate(text, to: dialect))
        case .only(let only, let text): only == dialect ? [text] : []
        case .code: []
        }
    }

    private static func translate(_ text: String, to dialect: SQLDialect) -> String {
        switch dialect {
        case .sqlite:
            text.replacing(/\b(ID|BYTES)\b/, with: "BLOB")
                .replacing(/\bJSON\b/, with: "TEXT")
                .replacing(/\ PARTITIONED BY \w+/, with: "")
        case .postgres:
            text.replacing(/\)\s*(STRICT(,\s*WITHOUT ROWID)?|WITHOUT ROWID)(?=;|$| PARTITIONED)/, with: ")")
                .replacing(/PARTITIONED BY (\w+)/) { "PARTITION BY RANGE (\($0.1))" }
                .replacing(/\bID\b/, with: "UUID")
                .replacing(/\bBYTES\b/, with: "BYTEA")
                .replacing(/\bINTEGER\b/, with: "BIGINT")
                .replacing(/\bREAL\b/, with: "DOUBLE PRECISION")
                .replacing(/\bTEXT\b/, with: "TEXT COLLATE \"C\"")
                .replacing(/\bJSON\b/, with: "JSONB")
        }
    }

    /// `both` holds plain definitions: no semicolon stands in a literal there.
    private static func split(_ text: String) -> [String] {
        text.split(separator: ";").map { $0.trimmingPrefix(/\s+/) }.filter { !$0.isEmpty }.map(String.init)
    }
}
