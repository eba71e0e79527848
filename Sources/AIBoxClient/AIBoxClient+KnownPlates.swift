import AIBoxAPI

/// The plates that the box is to recognise.
extension AIBoxClient {
    private static let path = "/vehicle-analysis/known-plates"

    /// One page of known plates, newest first.
    public func knownPlates(_ query: KnownPlateQuery = KnownPlateQuery()) async throws -> Page<KnownPlate> {
        var call = Call(.GET, Self.path)
        let values: [(String, String?)] = [
            ("list", query.list?.rawValue), ("limit", "\(query.limit)"), ("cursor", query.cursor),
        ]
        call.query = values.compactMap { name, value in value.map { (name, $0) } }
        return try decode(try await send(call))
    }

    /// Every known plate that `query` asks for, newest first, page by page as it is consumed.
    public func allKnownPlates(_ query: KnownPlateQuery = KnownPlateQuery()) -> PageSequence<KnownPlate> {
        PageSequence { cursor in
            var next = query
            next.cursor = cursor ?? query.cursor
            return try await knownPlates(next)
        }
    }

    public func knownPlate(_ id: UUIDv7) async throws -> KnownPlate {
        try decode(try await send(Call(.GET, "\(Self.path)/\(id)")))
    }

    /// Throws `Problem` 409 when an entry of the same letters and digits is there already.
    public func createKnownPlate(_ plate: NewKnownPlate) async throws -> KnownPlate {
        try decode(try await send(try Call(.POST, Self.path, json: plate)))
    }

    public func updateKnownPlate(_ id: UUIDv7, _ change: KnownPlateChange) async throws -> KnownPlate {
        try decode(try await send(try Call(.PATCH, "\(Self.path)/\(id)", json: change)))
    }

    public func deleteKnownPlate(_ id: UUIDv7) async throws {
        _ = try await send(Call(.DELETE, "\(Self.path)/\(id)"))
    }
}
