import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

/// `/human-analysis/persons`: the people whom the box is to recognise.
struct PersonRoutes: Sendable {
    private static let members: Set<String> = ["name", "external_id", "metadata"]
    private static let body = BodyReader(limit: 65_536)

    let data: any DataManaging

    func add(toReaders readers: RouterGroup<UserContext>, writers: RouterGroup<UserContext>) {
        readers.get("/human-analysis/persons", use: list)
        readers.get("/human-analysis/persons/{id}", use: show)
        writers.post("/human-analysis/persons", use: create)
        writers.patch("/human-analysis/persons/{id}", use: update)
        writers.delete("/human-analysis/persons/{id}", use: delete)
    }

    private func list(_ request: Request, context: UserContext) async throws -> Response {
        var options = Options(known: ["name", "external_id", "limit", "cursor"])
        options.insertQuery(of: request)
        var query = PersonQuery()
        query.name = options.text("name", limit: 255)
        query.externalID = options.text("external_id", limit: 255)
        query.limit = options.integer("limit", in: 1...500) ?? 50
        query.cursor = options.text("cursor", limit: 512)
        try options.check()
        return try .json(try await data.persons(query))
    }

    private func show(_ request: Request, context: UserContext) async throws -> Response {
        guard let person = try await data.person(try context.identifier()) else { throw Problem.notFound }
        return try .json(person)
    }

    private func create(_ request: Request, context: UserContext) async throws -> Response {
        let given = try await request.decodeJSON(NewPerson.self, known: Self.members, Self.body)
        let now = Timestamp.now
        let person = Person(
            name: given.name, externalID: given.externalID, metadata: given.metadata ?? [:], createdAt: now,
            updatedAt: now)
        try await data.createPerson(person)
        // As it was stored: the name in normalisation form C.
        let stored = try await data.person(person.id) ?? person
        return try .created(stored, at: "/human-analysis/persons/\(person.id)")
    }

    private func update(_ request: Request, context: UserContext) async throws -> Response {
        let id = try context.identifier()
        let change = try await request.decodeJSON(PersonChange.self, known: Self.members, Self.body)
        guard let person = try await data.updatePerson(id, change) else { throw Problem.notFound }
        return try .json(person)
    }

    private func delete(_ request: Request, context: UserContext) async throws -> Response {
        guard try await data.deletePerson(try context.identifier()) else { throw Problem.notFound }
        return Response(status: .noContent)
    }
}
