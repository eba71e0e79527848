import AIBoxAPI
import Foundation
import NIOCore

// MARK: The gallery. Every call may be made twice: what is made carries its identifier with it.

extension HTTPDataManager {
    private struct Revision: Decodable {
        var revision: Int64
    }

    private struct Names: Decodable {
        var names: [String: String]
    }

    public func galleryRevision() async throws -> Int64 {
        let answer = try await http.send(.init(path: "/internal/gallery/revision"))
        return try http.decode(Revision.self, from: answer.body).revision
    }

    public func galleryChanges(since revision: Int64, limit: Int) async throws -> GalleryChanges {
        let answer = try await http.send(.init(path: "/internal/gallery/changes?since=\(revision)&limit=\(limit)"))
        do {
            return try GalleryFrame.decode(answer.body)
        } catch {
            throw Problem(502, "Bad Gateway", detail: "The data manager's gallery cannot be read: \(error)")
        }
    }

    public func createPerson(_ person: Person) async throws {
        _ = try await http.send(.json(.POST, "/internal/persons", person))
    }

    public func person(_ id: UUIDv7) async throws -> Person? {
        try await http.value(.init(path: "/internal/persons/\(id)"))
    }

    public func persons(_ query: PersonQuery) async throws -> Page<Person> {
        try await page("/internal/persons", query)
    }

    public func personNames(_ ids: [UUIDv7]) async throws -> [UUIDv7: String] {
        if ids.isEmpty { return [:] }
        let answer = try await http.send(.json(.POST, "/internal/persons/names", ["ids": ids]))
        let names = try http.decode(Names.self, from: answer.body).names
        return Dictionary(
            names.compactMap { text, name in UUIDv7(text).map { ($0, name) } }, uniquingKeysWith: { first, _ in first })
    }

    public func updatePerson(_ id: UUIDv7, _ change: PersonChange) async throws -> Person? {
        try await http.value(.json(.PATCH, "/internal/persons/\(id)", change))
    }

    public func deletePerson(_ id: UUIDv7) async throws -> Bool {
        try await isFound(.init(method: .DELETE, path: "/internal/persons/\(id)", timeout: .seconds(120)))
    }

    public func addFace(
        _ face: EnrolledFace, template: FaceTemplate, crop: ByteBuffer?
    ) async throws -> EnrolledFace? {
        let addition = FaceAddition(face: face, template: template)
        return try await http.value(.framed("/internal/persons/\(face.personID)/faces", addition, crop))
    }

    public func addTemplate(_ template: FaceTemplate, toFace id: UUIDv7) async throws -> Bool {
        try await isFound(.json(.PUT, "/internal/faces/\(id)/template", template))
    }

    public func faces(ofPerson id: UUIDv7) async throws -> [EnrolledFace]? {
        try await http.value(.init(path: "/internal/persons/\(id)/faces"))
    }

    public func deleteFace(_ id: UUIDv7, ofPerson person: UUIDv7) async throws -> Bool {
        try await isFound(.init(method: .DELETE, path: "/internal/persons/\(person)/faces/\(id)"))
    }

    public func faceCrop(_ id: UUIDv7, ofPerson person: UUIDv7) async throws -> ByteBuffer? {
        try await bytes("/internal/persons/\(person)/faces/\(id)/crop")
    }
}

// MARK: Known plates

extension HTTPDataManager {
    private struct Matches: Decodable {
        var matches: [PlateItem.Known?]
    }

    public func createKnownPlate(_ plate: KnownPlate) async throws {
        _ = try await http.send(.json(.POST, "/internal/known-plates", plate))
    }

    public func knownPlate(_ id: UUIDv7) async throws -> KnownPlate? {
        try await http.value(.init(path: "/internal/known-plates/\(id)"))
    }

    public func knownPlates(_ query: KnownPlateQuery) async throws -> Page<KnownPlate> {
        try await page("/internal/known-plates", query)
    }

    public func updateKnownPlate(_ id: UUIDv7, _ change: KnownPlateChange) async throws -> KnownPlate? {
        try await http.value(.json(.PATCH, "/internal/known-plates/\(id)", change))
    }

    public func deleteKnownPlate(_ id: UUIDv7) async throws -> Bool {
        try await isFound(.init(method: .DELETE, path: "/internal/known-plates/\(id)"))
    }

    public func matchPlates(_ readings: [String], fuzzy: Bool) async throws -> [PlateItem.Known?] {
        if readings.isEmpty { return [] }
        let question = PlateMatching(readings: readings, fuzzy: fuzzy)
        let answer = try await http.send(.json(.POST, "/internal/known-plates/match", question))
        let matches = try http.decode(Matches.self, from: answer.body).matches
        guard matches.count == readings.count else {
            throw Problem(502, "Bad Gateway", detail: "The data manager answered for another number of plates.")
        }
        return matches
    }
}

/// The head of `POST /internal/persons/{id}/faces`; the crop follows it.
public struct FaceAddition: Codable, Sendable {
    public var face: EnrolledFace
    public var template: FaceTemplate

    public init(face: EnrolledFace, template: FaceTemplate) {
        self.face = face
        self.template = template
    }
}

/// The body of `POST /internal/known-plates/match`.
public struct PlateMatching: Codable, Sendable {
    public var readings: [String]
    public var fuzzy: Bool

    public init(readings: [String], fuzzy: Bool) {
        self.readings = readings
        self.fuzzy = fuzzy
    }
}
