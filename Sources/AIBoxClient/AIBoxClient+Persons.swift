import AIBoxAPI
import NIOCore

/// The people whom the box is to recognise.
extension AIBoxClient {
    private static let path = "/human-analysis/persons"

    /// One page of persons, newest first.
    public func persons(_ query: PersonQuery = PersonQuery()) async throws -> Page<Person> {
        var call = Call(.GET, Self.path)
        let values: [(String, String?)] = [
            ("name", query.name), ("external_id", query.externalID), ("limit", "\(query.limit)"),
            ("cursor", query.cursor),
        ]
        call.query = values.compactMap { name, value in value.map { (name, $0) } }
        return try decode(try await send(call))
    }

    /// Every person that `query` asks for, newest first, page by page as it is consumed.
    public func allPersons(_ query: PersonQuery = PersonQuery()) -> PageSequence<Person> {
        PageSequence { cursor in
            var next = query
            next.cursor = cursor ?? query.cursor
            return try await persons(next)
        }
    }

    public func person(_ id: UUIDv7) async throws -> Person {
        try decode(try await send(Call(.GET, "\(Self.path)/\(id)")))
    }

    public func createPerson(_ person: NewPerson) async throws -> Person {
        try decode(try await send(try Call(.POST, Self.path, json: person)))
    }

    public func updatePerson(_ id: UUIDv7, _ change: PersonChange) async throws -> Person {
        try decode(try await send(try Call(.PATCH, "\(Self.path)/\(id)", json: change)))
    }

    /// Deletes a person with all faces, templates and crops; stored detections of the person become anonymous.
    public func deletePerson(_ id: UUIDv7) async throws {
        _ = try await send(Call(.DELETE, "\(Self.path)/\(id)"))
    }

    // MARK: Faces

    /// Adds the face of a picture to a person. A picture that is of no use throws `Problem` 422 whose `type` says why.
    ///
    /// - Parameters:
    ///   - kind: `.anchor` for a face that is not to pass for the person.
    ///   - savesCrop: keep the face with the room around it, by which another embedding model can be introduced.
    ///   - requireLive: refuse the picture of a print or a screen.
    public func enrol(
        _ picture: ByteBuffer, as person: UUIDv7, kind: EnrolledFace.Kind = .face, savesCrop: Bool = false,
        requireLive: Bool = false
    ) async throws -> EnrolmentAnswer {
        var call = Call(.POST, "\(Self.path)/\(person)/faces")
        if kind != .face { call.query.append(("kind", kind.rawValue)) }
        if savesCrop { call.query.append(("save_image", "true")) }
        if requireLive { call.query.append(("require_live", "true")) }
        call.headers.add(name: "Content-Type", value: "application/octet-stream")
        call.body = picture
        return try decode(try await send(call))
    }

    /// The faces of a person, newest first.
    public func faces(of person: UUIDv7) async throws -> [EnrolledFace] {
        var faces: [EnrolledFace] = []
        var call = Call(.GET, "\(Self.path)/\(person)/faces")
        while true {
            let page: Page<EnrolledFace> = try decode(try await send(call))
            faces += page.items
            guard let cursor = page.nextCursor else { return faces }
            call.query = [("cursor", cursor)]
        }
    }

    /// A face with the room around it, when it was kept: its box twice as wide and as high, at most 512 pixels a side,
    /// as JPEG.
    public func picture(ofFace face: UUIDv7, of person: UUIDv7) async throws -> ByteBuffer {
        try await send(Call(.GET, "\(Self.path)/\(person)/faces/\(face)/image"))
    }

    public func deleteFace(_ face: UUIDv7, of person: UUIDv7) async throws {
        _ = try await send(Call(.DELETE, "\(Self.path)/\(person)/faces/\(face)"))
    }

    /// Makes the template of the present embedding model from the crop that was kept; 409 when none was.
    @discardableResult
    public func reEmbed(_ face: UUIDv7, of person: UUIDv7) async throws -> EnrolledFace {
        try decode(try await send(Call(.POST, "\(Self.path)/\(person)/faces/\(face)/re-embed")))
    }

    // MARK: Comparison

    /// Whether two pictures show the same person; of several faces the largest counts.
    /// - Parameter requireLive: a face that is not that of a living person makes the two differ.
    public func verify(
        _ picture: ByteBuffer, with other: ByteBuffer, requireLive: Bool = false
    ) async throws -> VerificationAnswer {
        var call = Call(.POST, "/human-analysis/face-verification")
        if requireLive { call.query.append(("require_live", "true")) }
        call.attach([("image1", picture), ("image2", other)])
        return try decode(try await send(call))
    }

    /// Compares the gallery with itself: persons who look alike, faces that resemble none of their own person.
    /// - Parameter limit: of the pairs and of the strays, 1–1000.
    public func checkGallery(limit: Int = 100) async throws -> GalleryReport {
        var call = Call(.GET, "/human-analysis/gallery-check")
        call.query = [("limit", "\(limit)")]
        return try decode(try await send(call))
    }
}
