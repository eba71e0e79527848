import Foundation
import GRDB

/// Bytes that can be erased from the database file without a trace: the rows of `sealed`, see `0003-gallery`.
///
/// A row keeps its size for ever. Triggers overwrite it with zeros and note it in `free_slots` when whatever named it
/// is deleted; later bytes of that size take it over.
enum SealedBytes {
    /// Returns the slot that now holds `bytes`.
    static func put(_ bytes: Data, _ db: Database) throws -> Int64 {
        let free = try db.cachedStatement(sql: "SELECT slot FROM free_slots WHERE size = ? LIMIT 1")
        guard let slot = try Int64.fetchOne(free, arguments: [bytes.count]) else {
            try db.cachedStatement(sql: "INSERT INTO sealed (content) VALUES (?)").execute(arguments: [bytes])
            return db.lastInsertedRowID
        }
        try db.cachedStatement(sql: "DELETE FROM free_slots WHERE size = ? AND slot = ?")
            .execute(arguments: [bytes.count, slot])
        try db.cachedStatement(sql: "UPDATE sealed SET content = ? WHERE slot = ?").execute(arguments: [bytes, slot])
        return slot
    }

    /// Zeros up to the next multiple of `step`: bytes of nearly the same length share their slots.
    static func padded(_ bytes: Data, to step: Int) -> Data {
        bytes + Data(count: (step - bytes.count % step) % step)
    }
}
