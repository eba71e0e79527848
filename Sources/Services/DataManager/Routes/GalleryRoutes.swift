import AIBoxAPI
import Hummingbird
import NIOCore
import ServiceClients
import ServiceHTTP

/// The part of the internal API that serves the gallery and the known plates, one route per call of `GalleryKeeping`;
/// for the rest see `InternalRoutes`, which adds these.
///
/// | call | request | answer |
/// |---|---|---|
/// | `galleryRevision` | `GET /internal/gallery/revision` | `{"revision":n}` |
/// | `galleryChanges` | `GET /internal/gallery/changes?since=&limit=` | bytes, see `GalleryFrame` |
/// | `createPerson` | `POST /internal/persons` `Person` | 204, 409 |
/// | `persons` | `GET /internal/persons?query=` JSON of the `PersonQuery` | `Page<Person>` |
/// | `personNames` | `POST /internal/persons/names` `{"ids":[…]}` | `{"names":{id:name}}` |
/// | `person` | `GET /internal/persons/{id}` | `Person`, 404 |
/// | `updatePerson` | `PATCH /internal/persons/{id}` `PersonChange` | `Person`, 404, 409 |
/// | `deletePerson` | `DELETE /internal/persons/{id}` | 204, 404 |
/// | `addFace` | `POST /internal/persons/{id}/faces`, `FaceAddition` and the crop framed as `FramedBody` says | `EnrolledFace`, 404 |
/// | `faces` | `GET /internal/persons/{id}/faces` | list of `EnrolledFace`, 404 |
/// | `deleteFace` | `DELETE /internal/persons/{id}/faces/{face}` | 204, 404 |
/// | `faceCrop` | `GET /internal/persons/{id}/faces/{face}/crop` | JPEG, 404 |
/// | `addTemplate` | `PUT /internal/faces/{id}/template` `FaceTemplate` | 204, 404 |
/// | `createKnownPlate` | `POST /internal/known-plates` `KnownPlate` | 204, 409 |
/// | `knownPlates` | `GET /internal/known-plates?query=` JSON of the `KnownPlateQuery` | `Page<KnownPlate>` |
/// | `matchPlates` | `POST /internal/known-plates/match` `{"readings":[…],"fuzzy":…}` | `{"matches":[…]}`, null for none |
/// | `knownPlate` | `GET /internal/known-plates/{id}` | `KnownPlate`, 404 |
/// | `updateKnownPlate` | `PATCH /internal/known-plates/{id}` `KnownPlateChange` | `KnownPlate`, 404, 409 |
/// | `deleteKnownPlate` | `DELETE /internal/known-plates/{id}` | 204, 404 |
struct GalleryRoutes<Context: RequestContext>: Sendable {
    let gallery: any GalleryKeeping
    let body: BodyReader
    /// For a face with its crop.
    let frames: BodyReader

    func add(to router: some RouterMethods<Context>) {
        router.group("internal/gallery")
            .get("revision", use: revision)
            .get("changes", use: changes)
        router.group("internal/persons")
            .post(use: createPerson)
            .get(use: persons)
            .post("names", use: names)
            .get(":id", use: person)
            .patch(":id", use: updatePerson)
            .delete(":id", use: deletePerson)
            .post(":id/faces", use: addFace)
            .get(":id/faces", use: faces)
            .delete(":id/faces/:face", use: deleteFace)
            .get(":id/faces/:face/crop", use: crop)
        router.put("internal/faces/:id/template", use: addTemplate)
        router.group("internal/known-plates")
            .post(use: createPlate)
            .get(use: plates)
            .post("match", use: match)
            .get(":id", use: plate)
            .patch(":id", use: updatePlate)
            .delete(":id", use: deletePlate)
    }

    private func revision(_ request: Request, _ context: Context) async throws -> Response {
        try .json(["revision": await gallery.galleryRevision()])
    }

    private func changes(_ request: Request, _ context: Context) async throws -> Response {
        let query = request.uri.queryParameters
        let changes = try await gallery.galleryChanges(
            since: query.require("since", as: Int64.self), limit: query.require("limit", as: Int.self))
        return try .bytes(GalleryFrame.encode(changes))
    }

    private func createPerson(_ request: Request, _ context: Context) async throws -> Response {
        try await gallery.createPerson(body.decode(Person.self, request))
        return Response(status: .noContent)
    }

    private func persons(_ request: Request, _ context: Context) async throws -> Response {
        try .json(await gallery.persons(request.query(PersonQuery.self)))
    }

    private func names(_ request: Request, _ context: Context) async throws -> Response {
        let question = try await body.decode(PersonList.self, request)
        let names = try await gallery.personNames(question.ids)
        return try .json([
            "names": Dictionary(names.map { ($0.description, $1) }, uniquingKeysWith: { first, _ in first })
        ])
    }

    private func person(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await gallery.person(context.id()))
    }

    private func updatePerson(_ request: Request, _ context: Context) async throws -> Response {
        let change = try await body.decode(PersonChange.self, request)
        return try .found(await gallery.updatePerson(context.id(), change))
    }

    private func deletePerson(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await gallery.deletePerson(context.id()))
    }

    private func addFace(_ request: Request, _ context: Context) async throws -> Response {
        let frame = try await FramedBody<FaceAddition>(request, frames)
        guard try frame.head.face.personID == context.id() else {
            throw Problem.badRequest("The face is another person's than the path says.")
        }
        return try .found(
            await gallery.addFace(frame.head.face, template: frame.head.template, crop: frame.picture))
    }

    private func faces(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await gallery.faces(ofPerson: context.id()))
    }

    private func deleteFace(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await gallery.deleteFace(context.id("face"), ofPerson: context.id()))
    }

    private func crop(_ request: Request, _ context: Context) async throws -> Response {
        guard let crop = try await gallery.faceCrop(context.id("face"), ofPerson: context.id()) else {
            throw Problem.notFound
        }
        return .bytes(crop, type: "image/jpeg")
    }

    private func addTemplate(_ request: Request, _ context: Context) async throws -> Response {
        let template = try await body.decode(FaceTemplate.self, request)
        return try .found(await gallery.addTemplate(template, toFace: context.id()))
    }
}

// MARK: Known plates

extension GalleryRoutes {
    private func createPlate(_ request: Request, _ context: Context) async throws -> Response {
        try await gallery.createKnownPlate(body.decode(KnownPlate.self, request))
        return Response(status: .noContent)
    }

    private func plates(_ request: Request, _ context: Context) async throws -> Response {
        try .json(await gallery.knownPlates(request.query(KnownPlateQuery.self)))
    }

    private func match(_ request: Request, _ context: Context) async throws -> Response {
        let question = try await body.decode(PlateMatching.self, request)
        return try .json(["matches": await gallery.matchPlates(question.readings, fuzzy: question.fuzzy)])
    }

    private func plate(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await gallery.knownPlate(context.id()))
    }

    private func updatePlate(_ request: Request, _ context: Context) async throws -> Response {
        let change = try await body.decode(KnownPlateChange.self, request)
        return try .found(await gallery.updateKnownPlate(context.id(), change))
    }

    private func deletePlate(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await gallery.deleteKnownPlate(context.id()))
    }
}

/// The body of `POST /internal/persons/names`.
private struct PersonList: Decodable {
    let ids: [UUIDv7]
}
