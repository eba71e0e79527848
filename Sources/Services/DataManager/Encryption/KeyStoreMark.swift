import Storage

/// What the database knows of the folder of keys that its sealed rows belong to: a token that only that folder's keys
/// give. So a database is never used with the keys of another, nor without any.
struct KeyStoreMark {
    private let mark: [UInt8]

    init(_ keys: SubjectKeys) { mark = KeyedIndex(keys.indexKey, purpose: "key store").token("mark") }

    /// Whether anything was ever sealed in this database.
    static func isThere(_ db: any SQLSession) throws -> Bool { try db.exists("SELECT 1 FROM key_store") }

    /// What the database has; `nil`: nothing was ever sealed in it.
    static func stored(_ db: any SQLSession) throws -> [UInt8]? { try db.value("SELECT mark FROM key_store") }

    /// Notes the folder in a database that has none yet; in an empty one all is sealed from the start. Returns whether
    /// it is this one.
    func claim(_ db: any SQLSession) throws -> Bool {
        let isEmpty = try ["persons", "inferences", "plates", "known_plates"].allSatisfy {
            try !db.exists("SELECT 1 FROM \($0) LIMIT 1")
        }
        try db.execute(
            "INSERT INTO key_store (id, mark, is_sealed) VALUES (1, ?, ?) ON CONFLICT (id) DO NOTHING", [mark, isEmpty])
        return try db.value("SELECT mark FROM key_store", as: [UInt8].self) == mark
    }

    /// Whether nothing plain is left of before there was a key.
    static func isSealed(_ db: any SQLSession) throws -> Bool {
        try db.value("SELECT is_sealed FROM key_store") ?? false
    }

    static func setSealed(_ db: any SQLSession) throws { try db.execute("UPDATE key_store SET is_sealed = 1") }
}
