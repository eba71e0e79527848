/// What is known of one backup of the database; it stands as JSON beside the backup's file.
public struct DatabaseBackup: Codable, Hashable, Sendable {
    /// Of which database it is, and so what its file is: an SQLite file, or an archive of `pg_dump`.
    public enum Form: String, Codable, Hashable, Sendable, CaseIterable {
        case sqlite, postgres

        /// - Throws: `DecodingError` that names the forms.
        public init(from decoder: any Decoder) throws { self = try decoder.named(Self.self) }
    }

    /// How far the ledger of erased persons had come.
    public struct Erasures: Codable, Hashable, Sendable {
        public var count: Int
        /// SHA-256 of the last line, hexadecimal.
        public var sha256: String

        public init(count: Int, sha256: String) { (self.count, self.sha256) = (count, sha256) }
    }

    public var id: UUIDv7
    /// The name of the file, without its folder.
    public var file: String
    public var form: Form
    /// Every row that was acknowledged before this moment is in it.
    public var createdAt: Timestamp
    public var bytes: Int64
    /// Of the file, hexadecimal.
    public var sha256: String
    /// The last migration that the database had, such as `0010-encryption`.
    public var schema: String
    /// The version of aibox that made it.
    public var version: String
    /// Rows of each table; `nil` where only the database server could count them.
    public var rows: [String: Int]?
    /// Tells which folder of keys opens what is encrypted in it, hexadecimal; `nil`: nothing is.
    public var keyStore: String?
    /// `nil`: nothing is encrypted, and there is no ledger.
    public var erasures: Erasures?

    public init(
        id: UUIDv7, file: String, form: Form, createdAt: Timestamp, bytes: Int64, sha256: String, schema: String,
        version: String = AIBoxVersion.current, rows: [String: Int]? = nil, keyStore: String? = nil,
        erasures: Erasures? = nil
    ) {
        (self.id, self.file, self.form, self.createdAt) = (id, file, form, createdAt)
        (self.bytes, self.sha256, self.schema, self.version) = (bytes, sha256, schema, version)
        (self.rows, self.keyStore, self.erasures) = (rows, keyStore, erasures)
    }

    enum CodingKeys: String, CodingKey {
        case id, file, form, bytes, sha256, schema, version, rows, erasures
        case createdAt = "created_at"
        case keyStore = "key_store"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(file, forKey: .file)
        try container.encode(form, forKey: .form)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(bytes, forKey: .bytes)
        try container.encode(sha256, forKey: .sha256)
        try container.encode(schema, forKey: .schema)
        try container.encode(version, forKey: .version)
        // Present as null.
        try container.encode(rows, forKey: .rows)
        try container.encode(keyStore, forKey: .keyStore)
        try container.encode(erasures, forKey: .erasures)
    }
}
