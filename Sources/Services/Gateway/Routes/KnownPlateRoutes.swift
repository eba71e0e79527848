import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

/// `/vehicle-analysis/known-plates`: the plates that mean something to the operator.
struct KnownPlateRoutes: Sendable {
    private static let members: Set<String> = ["plate_number", "label", "list", "notes"]
    private static let body = BodyReader(limit: 16_384)

    let data: any DataManaging

    func add(toReaders readers: RouterGroup<UserContext>, writers: RouterGroup<UserContext>) {
        readers.get("/vehicle-analysis/known-plates", use: list)
        readers.get("/vehicle-analysis/known-plates/{id}", use: show)
        writers.post("/vehicle-analysis/known-plates", use: create)
        writers.patch("/vehicle-analysis/known-plates/{id}", use: update)
        writers.delete("/vehicle-analysis/known-plates/{id}", use: delete)
    }

    private func list(_ request: Request, context: UserContext) async throws -> Response {
        var options = Options(known: ["list", "limit", "cursor"])
        options.insertQuery(of: request)
        var query = KnownPlateQuery()
        query.list = options.choice("list")
        query.limit = options.integer("limit", in: 1...500) ?? 50
        query.cursor = options.text("cursor", limit: 512)
        try options.check()
        return try .json(try await data.knownPlates(query))
    }

    private func show(_ request: Request, context: UserContext) async throws -> Response {
        guard let plate = try await data.knownPlate(try context.identifier()) else { throw Problem.notFound }
        return try .json(plate)
    }

    private func create(_ request: Request, context: UserContext) async throws -> Response {
        let given = try await request.decodeJSON(NewKnownPlate.self, known: Self.members, Self.body)
        let now = Timestamp.now
        let plate = KnownPlate(
            plateNumber: given.plateNumber, label: given.label ?? "", list: given.list ?? .watch, notes: given.notes,
            createdAt: now, updatedAt: now)
        try await data.createKnownPlate(plate)
        return try .created(plate, at: "/vehicle-analysis/known-plates/\(plate.id)")
    }

    private func update(_ request: Request, context: UserContext) async throws -> Response {
        let id = try context.identifier()
        let change = try await request.decodeJSON(KnownPlateChange.self, known: Self.members, Self.body)
        guard let plate = try await data.updateKnownPlate(id, change) else { throw Problem.notFound }
        return try .json(plate)
    }

    private func delete(_ request: Request, context: UserContext) async throws -> Response {
        guard try await data.deleteKnownPlate(try context.identifier()) else { throw Problem.notFound }
        return Response(status: .noContent)
    }
}
