import Foundation
import Storage

/// Bytes that can be erased from the database file without a trace: the rows of `sealed`, see `0003-gallery`.
///
/// A row keeps its size for ever. Triggers overwrite it with zeros and note it in `free_slots` when whatever named it
/// is deleted; later bytes of that size take it over.
enum SealedBytes {
    /// Returns the slot that now holds `bytes`.
    static func put(_ bytes: Data, _ db: any SQLSession) throws -> Int64 {
        let free = "SELECT slot FROM free_slots WHERE size = ? LIMIT 1"
        guard let slot: Int64 = try db.value(free, [bytes.count]) else { return try append(bytes, db) }
        try db.execute("DELETE FROM free_slots WHERE size = ? AND slot = ?", [bytes.count, slot])
        try db.execute("UPDATE sealed SET content = ? WHERE slot = ?", [bytes, slot])
        return slot
    }

    /// Does what the triggers do, for a slot that is replaced: zeros it in SQLite, deletes it in PostgreSQL.
    static func free(_ slot: Int64, _ db: any SQLSession) throws {
        switch db.dialect {
        case .sqlite:
            try db.execute("UPDATE sealed SET content = zeroblob(length(content)) WHERE slot = ?", [slot])
            try db.execute("INSERT INTO free_slots SELECT length(content), slot FROM sealed WHERE slot = ?", [slot])
        case .postgres: try db.execute("DELETE FROM sealed WHERE slot = ?", [slot])
        }
    }

    /// Writes are serial: nobody else takes the next number.
    private static func append(_ bytes: Data, _ db: any SQLSession) throws -> Int64 {
        let slot = try (db.value("SELECT max(slot) FROM sealed", as: Int64.self) ?? 0) + 1
        try db.execute("INSERT INTO sealed (slot, content) VALUES (?, ?)", [slot, bytes])
        return slot
    }

    /// Zeros up to the next multiple of `step`: bytes of nearly the same length share their slots.
    static func padded(_ bytes: Data, to step: Int) -> Data {
        bytes + Data(count: (step - bytes.count % step) % step)
    }
}
