import AIBoxAPI
import Hummingbird
import NIOCore
import ServiceClients
import ServiceHTTP

/// `/human-analysis/persons/{id}/faces`: the pictures by which a person is recognised, and what goes with them:
/// verification of two pictures and the examination of the gallery.
struct FaceRoutes: Sendable {
    let models: any ModelServing
    let data: any DataManaging
    let intake: AnalysisIntake
    /// Longest time for one picture.
    let timeout: Duration

    func add(toReaders readers: RouterGroup<UserContext>, writers: RouterGroup<UserContext>) {
        readers.get("/human-analysis/persons/{id}/faces", use: list)
        readers.get("/human-analysis/persons/{id}/faces/{face_id}/image", use: image)
        readers.get("/human-analysis/gallery-check", use: check)
        writers.post("/human-analysis/persons/{id}/faces", use: enrol)
        writers.delete("/human-analysis/persons/{id}/faces/{face_id}", use: delete)
        writers.post("/human-analysis/persons/{id}/faces/{face_id}/re-embed", use: reEmbed)
        writers.post("/human-analysis/face-verification", use: verify)
    }

    private func list(_ request: Request, context: UserContext) async throws -> Response {
        let person = try context.identifier()
        var options = Options(known: ["limit", "cursor"])
        options.insertQuery(of: request)
        let limit = options.integer("limit", in: 1...500) ?? 50
        let cursor = options.text("cursor", limit: 512)
        try options.check()
        guard let faces = try await data.faces(ofPerson: person) else { throw Problem.notFound }
        return try .json(try Page(slicing: faces, after: cursor, limit: limit) { $0.id.description })
    }

    private func image(_ request: Request, context: UserContext) async throws -> Response {
        let (person, face) = (try context.identifier(), try context.identifier("face_id"))
        guard let crop = try await data.faceCrop(face, ofPerson: person) else { throw Problem.notFound }
        return Response(
            status: .ok,
            headers: [
                .contentType: "image/jpeg", .xContentTypeOptions: "nosniff", .cacheControl: "private, no-store",
            ], body: ResponseBody(byteBuffer: crop))
    }

    // MARK: Enrolment

    private func enrol(_ request: Request, context: UserContext) async throws -> Response {
        let person = try context.identifier()
        guard try await data.person(person) != nil else { throw Problem.notFound }
        var options = Options(known: ["save_image", "require_live", "kind"])
        let picture = try await intake.read(request, into: &options)
        let kind = options.choice("kind", of: EnrolledFace.Kind.self) ?? .face
        var wish = EnrolmentRequest(requestID: context.requestID)
        wish.keepCrop = options.flag("save_image") ?? false
        wish.requireLive = options.flag("require_live") ?? false
        // Whoever passed for the person by mistake did so in a picture of any quality.
        wish.isCrop = kind == .anchor
        if wish.isCrop, wish.requireLive { options.report("require_live", "is not for kind=\(kind.rawValue)") }
        wish.deadlineMS = millisecondsLeft(options.deadline(request.headers), context)
        try options.check()

        let outcome = try await enrolled(picture, wish, context)
        let face = EnrolledFace(
            personID: person, kind: kind, quality: outcome.quality.overall, models: [outcome.template.model],
            hasImage: outcome.crop != nil)
        let crop = outcome.crop.map { ByteBuffer(bytes: $0) }
        guard let stored = try await data.addFace(face, template: outcome.template, crop: crop) else {
            throw Problem.notFound
        }
        let others = kind == .face ? outcome.matches.filter { $0.id != person } : []
        let answer = EnrolmentAnswer(
            face: stored, boundingBox: outcome.boundingBox, quality: outcome.quality, liveness: outcome.liveness,
            duplicates: try await named(others))
        return try .created(answer, at: "/human-analysis/persons/\(person)/faces/\(stored.id)")
    }

    /// From now on, when the body has been read.
    private func millisecondsLeft(_ deadlineMS: Int?, _ context: UserContext) -> Int {
        AnalysisRoutes.millisecondsLeft(
            timeout: timeout, sinceBody: .zero, deadlineMS: deadlineMS, sinceHead: context.journal.elapsed)
    }

    private func enrolled(
        _ picture: ByteBuffer, _ wish: EnrolmentRequest, _ context: UserContext
    ) async throws -> EnrolmentOutcome {
        try await context.cancellingWhenClientLeaves { [models] in try await models.enrol(picture, wish) }
    }

    /// The matches with the names of those persons who are still there.
    private func named(_ matches: [FaceMatch]) async throws -> [FaceMatch] {
        guard !matches.isEmpty else { return [] }
        let names = try await data.personNames(matches.map(\.id))
        return matches.compactMap { match in
            guard let name = names[match.id] else { return nil }
            return FaceMatch(id: match.id, name: name, similarity: match.similarity, cosine: match.cosine)
        }
    }

    private func delete(_ request: Request, context: UserContext) async throws -> Response {
        let (person, face) = (try context.identifier(), try context.identifier("face_id"))
        guard try await data.deleteFace(face, ofPerson: person) else { throw Problem.notFound }
        return Response(status: .noContent)
    }

    /// Makes the template of the present embedding model from the crop that was kept.
    private func reEmbed(_ request: Request, context: UserContext) async throws -> Response {
        let (person, face) = (try context.identifier(), try context.identifier("face_id"))
        var options = Options(known: [])
        let deadline = options.deadline(request.headers)
        try options.check()
        guard let crop = try await data.faceCrop(face, ofPerson: person) else {
            guard try await self.face(face, ofPerson: person) != nil else { throw Problem.notFound }
            throw Problem(
                409, "Conflict",
                detail: "No picture of this face was kept: enrol the person again with save_image=true.")
        }
        var wish = EnrolmentRequest(requestID: context.requestID)
        wish.isCrop = true
        wish.deadlineMS = millisecondsLeft(deadline, context)
        let outcome = try await enrolled(crop, wish, context)
        guard try await data.addTemplate(outcome.template, toFace: face),
            let stored = try await self.face(face, ofPerson: person)
        else { throw Problem.notFound }
        return try .json(stored)
    }

    private func face(_ id: UUIDv7, ofPerson person: UUIDv7) async throws -> EnrolledFace? {
        try await data.faces(ofPerson: person)?.first { $0.id == id }
    }

    // MARK: Comparison

    private func verify(_ request: Request, context: UserContext) async throws -> Response {
        let started = ContinuousClock.now
        var options = Options(known: ["require_live"])
        let pictures = try await intake.read(request, pictures: ["image1", "image2"], into: &options)
        var wish = VerificationRequest(requestID: context.requestID)
        wish.requireLive = options.flag("require_live") ?? false
        wish.deadlineMS = millisecondsLeft(options.deadline(request.headers), context)
        try options.check()
        let (first, second) = (pictures[0], pictures[1])
        let request = wish
        var answer = try await context.cancellingWhenClientLeaves { [models] in
            try await models.verify(first, with: second, request)
        }
        answer.processingTimeMS = (ContinuousClock.now - started).milliseconds
        context.journal.timing = answer.timing
        return try .json(answer)
    }

    private func check(_ request: Request, context: UserContext) async throws -> Response {
        var options = Options(known: ["limit"])
        options.insertQuery(of: request)
        let limit = options.integer("limit", in: 1...1000) ?? 100
        try options.check()
        return try .json(
            try await context.cancellingWhenClientLeaves { [models] in try await models.checkGallery(limit: limit) })
    }
}
