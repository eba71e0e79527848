import AIBoxAPI
import AIBoxClient

/// The persons of an import, each looked up or made once.
actor ImportedPeople {
    struct Enrolled: Sendable {
        var id: UUIDv7
        /// Faces that the person had at the start.
        var faces: Set<UUIDv7>
    }

    private let box: AIBoxClient
    private var persons: [String: Task<Enrolled, any Error>] = [:]

    init(box: AIBoxClient) { self.box = box }

    func person(named name: String) async throws -> Enrolled {
        let task = persons[name] ?? Task { [box] in try await Self.findOrMake(name, box) }
        persons[name] = task
        return try await task.value
    }

    /// The folder's name is also the person's `external_id`: other persons of the same name are left alone.
    private static func findOrMake(_ name: String, _ box: AIBoxClient) async throws -> Enrolled {
        var query = PersonQuery()
        query.externalID = name
        let wanted = query
        if let found = try await PatientCall.make({ try await box.persons(wanted) }).items.first {
            let faces = try await PatientCall.make { try await box.faces(of: found.id) }
            return Enrolled(id: found.id, faces: Set(faces.map(\.id)))
        }
        let made = try await PatientCall.make { try await box.createPerson(NewPerson(name: name, externalID: name)) }
        return Enrolled(id: made.id, faces: [])
    }
}
