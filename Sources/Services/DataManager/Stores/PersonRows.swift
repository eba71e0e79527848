import AIBoxAPI
import Foundation
import GRDB

extension Person {
    private static let select = """
        SELECT p.id, p.created_at, p.updated_at, s.content,
            (SELECT count(*) FROM faces WHERE person_id = p.id AND kind = 'face') AS faces
        FROM persons AS p CROSS JOIN sealed AS s ON s.slot = p.text_slot
        """

    /// Does nothing when the person is there already: the caller has repeated a call whose answer was lost.
    ///
    /// - Throws: `Problem` 409 when the caller's key is taken.
    func insert(_ bytes: Data, _ db: Database) throws {
        guard try !Self.exists(id, db) else { return }
        if let externalID { try Self.refuse(externalID, takenFrom: id, db) }
        let insert = """
            INSERT INTO persons (id, text_slot, external_hash, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
            """
        try db.cachedStatement(sql: insert).execute(arguments: [
            id, try SealedBytes.put(bytes, db), externalID.map(PersonText.hash), createdAt, updatedAt,
        ])
    }

    static func exists(_ id: UUIDv7, _ db: Database) throws -> Bool {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT 1 FROM persons WHERE id = ?"), arguments: [id]) != nil
    }

    static func find(_ id: UUIDv7, _ db: Database) throws -> Person? {
        try Row.fetchOne(db.cachedStatement(sql: "\(select) WHERE p.id = ?"), arguments: [id]).map(Person.init(row:))
    }

    static func name(_ id: UUIDv7, _ db: Database) throws -> String? {
        let select = "SELECT content FROM sealed WHERE slot = (SELECT text_slot FROM persons WHERE id = ?)"
        return try Data.fetchOne(db.cachedStatement(sql: select), arguments: [id]).flatMap(PersonText.name(in:))
    }

    /// Newest first; `before` is the last one of the page before.
    static func page(_ query: PersonQuery, before: UUIDv7?, _ db: Database) throws -> Page<Person> {
        var (conditions, arguments): ([String], [any DatabaseValueConvertible]) = ([], [])
        if let before {
            conditions.append("p.id < ?")
            arguments.append(before)
        }
        if let externalID = query.externalID {
            conditions.append("p.external_hash = ?")
            arguments.append(PersonText.hash(externalID))
        }
        if let name = query.name, !name.isEmpty {
            let prefix = Data(PersonText.folded(name).utf8)
            conditions.append("substr(s.content, 1, \(prefix.count)) = ?")
            arguments.append(prefix)
        }
        arguments.append(query.limit + 1)
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let sql = "\(select) \(filter) ORDER BY p.id DESC LIMIT ?"
        var persons = try Row.fetchAll(db.cachedStatement(sql: sql), arguments: StatementArguments(arguments))
            .map(Person.init(row:))
        let hasMore = persons.count > query.limit
        if hasMore { persons.removeLast() }
        let cursor = hasMore ? persons.last.map { PageCursor.text($0.id) } : nil
        if let externalID = query.externalID { persons.removeAll { !$0.hasKey(externalID) } }
        return Page(items: persons, nextCursor: cursor)
    }

    /// - Throws: `Problem` 409 when the caller's key is taken, 422 for metadata beyond the bounds.
    static func update(_ id: UUIDv7, _ change: PersonChange, _ db: Database) throws -> Person? {
        guard var person = try find(id, db) else { return nil }
        person.name = change.name ?? person.name
        person.metadata = change.metadata ?? person.metadata
        if let externalID = change.externalID {
            if let externalID { try refuse(externalID, takenFrom: id, db) }
            person.externalID = externalID
        }
        let text = PersonText(person)
        (person.name, person.updatedAt) = (text.name, .now)
        let update = "UPDATE persons SET text_slot = ?, external_hash = ?, updated_at = ? WHERE id = ?"
        try db.cachedStatement(sql: update).execute(arguments: [
            try SealedBytes.put(text.bytes(), db), person.externalID.map(PersonText.hash), person.updatedAt, id,
        ])
        return person
    }

    /// Triggers delete what belongs to the person. Returns whether there was one.
    static func delete(_ id: UUIDv7, _ db: Database) throws -> Bool {
        try db.execute(sql: "DELETE FROM persons WHERE id = ?", arguments: [id])
        return db.changesCount > 0
    }

    private static func refuse(_ externalID: String, takenFrom id: UUIDv7, _ db: Database) throws {
        let alike = try db.cachedStatement(sql: "\(select) WHERE p.external_hash = ? AND p.id <> ?")
        let isTaken = try Row.fetchAll(alike, arguments: [PersonText.hash(externalID), id])
            .contains { try Person(row: $0).hasKey(externalID) }
        guard !isTaken else { throw Problem(409, "Conflict", detail: "Another person has this external_id.") }
    }

    /// Byte by byte; `==` takes different spellings of a character for one.
    private func hasKey(_ key: String) -> Bool { externalID.map { $0.utf8.elementsEqual(key.utf8) } ?? false }

    private init(row: Row) throws {
        let text = try PersonText(bytes: row["content"])
        self.init(
            id: row["id"], name: text.name, externalID: text.externalID, metadata: text.metadata,
            faceCount: row["faces"], createdAt: row["created_at"], updatedAt: row["updated_at"])
    }
}
