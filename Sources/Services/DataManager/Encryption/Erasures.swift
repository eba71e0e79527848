import AIBoxAPI
import Foundation
import Storage

/// Whose keys have to be erased, as the database says (`erasures_due`): noted in the transaction that deletes the
/// person, forgotten once the key is erased. So a kill in between loses no erasure.
enum Erasures {
    static func note(_ person: UUIDv7, _ db: any SQLSession) throws {
        try db.execute("INSERT INTO erasures_due (person_id) VALUES (?) ON CONFLICT (person_id) DO NOTHING", [person])
    }

    static func isDue(_ person: UUIDv7, _ db: any SQLSession) throws -> Bool {
        try db.exists("SELECT 1 FROM erasures_due WHERE person_id = ?", [person])
    }

    static func due(_ db: any SQLSession) throws -> [UUIDv7] { try db.values("SELECT person_id FROM erasures_due") }

    static func forget(_ person: UUIDv7, _ db: any SQLSession) throws {
        try db.execute("DELETE FROM erasures_due WHERE person_id = ?", [person])
    }

    /// Deletes persons whom the ledger has, which only a restored database can still hold, and forgets what was due.
    /// Returns how many there were.
    static func finish(_ keys: SubjectKeys, _ db: any SQLSession) throws -> Int {
        let returned = try db.values("SELECT id FROM persons", as: UUIDv7.self).filter(keys.isErased)
        for person in returned { try db.execute("DELETE FROM persons WHERE id = ?", [person]) }
        for person in try due(db) where keys.isErased(person) { try forget(person, db) }
        return returned.count
    }

    /// How many persons are sealed under a key that is neither there nor erased.
    static func withoutKey(_ keys: SubjectKeys, _ db: any SQLSession) throws -> Int {
        let known = keys.subjects
        let select = "SELECT content FROM sealed WHERE slot = (SELECT text_slot FROM persons WHERE id = ?)"
        return try db.values("SELECT id FROM persons", as: UUIDv7.self)
            .filter { !known.contains($0) && !keys.isErased($0) }
            .count { SealedValue.isSealed(try db.value(select, [$0], as: Data.self) ?? Data()) }
    }
}
