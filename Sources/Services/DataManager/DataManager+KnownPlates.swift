import AIBoxAPI
import ServiceClients

extension DataManager {
    public func createKnownPlate(_ plate: KnownPlate) async throws {
        try FieldRules.check(plate)
        try await write { [cipher] in try plate.insert($0, cipher.plates) }
    }

    public func knownPlate(_ id: UUIDv7) async throws -> KnownPlate? {
        try await read { [cipher] in try KnownPlate.find(id, $0, cipher.plates) }
    }

    public func knownPlates(_ query: KnownPlateQuery) async throws -> Page<KnownPlate> {
        try FieldRules.check(limit: query.limit, in: 1...500)
        let before = try query.cursor.map(PageCursor.id(in:))
        return try await read { [cipher] in try KnownPlate.page(query, before: before, $0, cipher.plates) }
    }

    public func updateKnownPlate(_ id: UUIDv7, _ change: KnownPlateChange) async throws -> KnownPlate? {
        try FieldRules.check(change)
        return try await write { [cipher] in try KnownPlate.update(id, change, $0, cipher.plates) }
    }

    public func deleteKnownPlate(_ id: UUIDv7) async throws -> Bool {
        try await write { try KnownPlate.delete(id, $0) }
    }

    public func matchPlates(_ readings: [String], fuzzy: Bool) async throws -> [PlateItem.Known?] {
        try FieldRules.check(count: readings.count, of: "readings")
        return try await read { [cipher] db in
            try readings.map { try PlateSearch.match($0, fuzzy: fuzzy, db, cipher.plates) }
        }
    }
}
