import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import Gateway

/// Who may do what with the gallery and the known plates.
@Suite(.timeLimit(.minutes(1)))
struct GalleryRoleTests {
    private struct Step {
        var method: HTTPMethod
        var path: String
        var status: Int
        var type = Body.json
        var body: ByteBuffer?
    }

    /// What there is before the role tries.
    private struct Stock {
        var person: UUIDv7
        var face: UUIDv7
        var plate: UUIDv7

        var reads: [Step] {
            let person = "/human-analysis/persons/\(person)"
            let paths = [
                "/human-analysis/persons", person, "\(person)/faces", "\(person)/faces/\(face)/image",
                "/human-analysis/gallery-check", "/vehicle-analysis/known-plates",
                "/vehicle-analysis/known-plates/\(plate)",
            ]
            return paths.map { Step(method: .GET, path: $0, status: 200) }
        }

        var writes: [Step] {
            let (person, plate) = ("/human-analysis/persons/\(person)", "/vehicle-analysis/known-plates/\(plate)")
            let picture = RunningGateway.picture
            let jpeg = ("Content-Type", "image/jpeg")
            let pair = Body.form([(#"name="image1""#, picture), (#"name="image2""#, picture)])
            let name = ByteBuffer(string: #"{"name":"x"}"#)
            let number = ByteBuffer(string: #"{"plate_number":"X 2"}"#)
            return [
                Step(method: .POST, path: "/human-analysis/persons", status: 201, body: name),
                Step(method: .PATCH, path: person, status: 200, body: name),
                Step(method: .POST, path: "\(person)/faces", status: 201, type: jpeg, body: picture),
                Step(method: .POST, path: "\(person)/faces/\(face)/re-embed", status: 200),
                Step(method: .DELETE, path: "\(person)/faces/\(face)", status: 204),
                Step(method: .DELETE, path: person, status: 204),
                Step(
                    method: .POST, path: "/human-analysis/face-verification", status: 200, type: Body.form, body: pair),
                Step(method: .POST, path: "/vehicle-analysis/known-plates", status: 201, body: number),
                Step(method: .PATCH, path: plate, status: 200, body: ByteBuffer(string: #"{"label":"x"}"#)),
                Step(method: .DELETE, path: plate, status: 204),
            ]
        }
    }

    private static func stock(_ box: RunningGateway) async throws -> Stock {
        let client = try await box.client()
        let person = try await client.createPerson(NewPerson(name: "a"))
        let face = try await client.enrol(RunningGateway.picture, as: person.id, savesCrop: true).face
        let plate = try await client.createKnownPlate(NewKnownPlate(plateNumber: "X 1"))
        return Stock(person: person.id, face: face.id, plate: plate.id)
    }

    @Test(arguments: Role.allCases)
    func operatorsWriteAnalystsReadViewersDoNothing(role: Role) async throws {
        try await withGateway { box in
            let stock = try await Self.stock(box)
            let token = try await box.token(role)
            let (mayRead, mayWrite) = (role != .viewer, role == .admin || role == .operator)
            for (steps, isAllowed) in [(stock.reads, mayRead), (stock.writes, mayWrite)] {
                for step in steps {
                    let answer = try await box.call(
                        step.method, step.path, token: token, headers: step.body == nil ? [] : [step.type],
                        body: step.body)
                    #expect(
                        answer.status == (isAllowed ? step.status : 403),
                        "\(step.method) \(step.path): \(String(buffer: answer.body))")
                }
            }
        }
    }

    @Test(arguments: [
        ("POST", "/human-analysis/persons", #"{"name":"x","nmae":"y"}"#, "nmae"),
        ("PATCH", "/human-analysis/persons/ID", #"{"face_count":2}"#, "face_count"),
        ("POST", "/vehicle-analysis/known-plates", #"{"plate_number":"X1","colour":"red"}"#, "colour"),
        ("PATCH", "/vehicle-analysis/known-plates/ID", #"{"id":"x"}"#, "id"),
        ("POST", "/human-analysis/persons/ID/faces?save_imag=true", "", "save_imag"),
        ("POST", "/human-analysis/persons/ID/faces?kind=friend", "", "kind"),
        ("POST", "/human-analysis/persons/ID/faces?kind=not_this_person&require_live=true", "", "require_live"),
        ("GET", "/human-analysis/persons?nam=x", "", "nam"),
        ("GET", "/human-analysis/persons?limit=0", "", "limit"),
        ("GET", "/human-analysis/persons/ID/faces?limit=501", "", "limit"),
        ("GET", "/human-analysis/persons/ID/faces?cursor=x", "", "cursor"),
        ("GET", "/vehicle-analysis/known-plates?list=grey", "", "list"),
        ("GET", "/human-analysis/gallery-check?limit=1001", "", "limit"),
    ])
    func whatIsUnknownIsRefusedByName(method: String, path: String, body: String, field: String) async throws {
        try await withGateway { box in
            let client = try await box.client()
            let person = try await client.createPerson(NewPerson(name: "a"))
            let isJSON = !body.isEmpty
            let answer = try await box.call(
                HTTPMethod(rawValue: method), path.replacing("ID", with: person.id.description),
                token: await client.accessToken, headers: isJSON ? [Body.json] : [],
                body: isJSON ? ByteBuffer(string: body) : method == "POST" ? RunningGateway.picture : nil)
            #expect(answer.status == 422, "\(String(buffer: answer.body))")
            #expect(try answer.decode(Problem.self).errors?.map(\.field) == [field])
        }
    }

    @Test func reportOfTheGalleryComesAsTheModelServerMadeIt() async throws {
        let ids = (0..<4).map { _ in UUIDv7() }
        let pair = GalleryReport.Pair(
            person: ids[0], face: ids[1], otherPerson: ids[2], otherFace: ids[3], cosine: 0.7, similarity: 0.9)
        let stray = GalleryReport.Stray(person: ids[0], face: ids[1], cosine: 0.1, similarity: 0.01)
        let report = GalleryReport(
            model: "given@1", persons: 2, faces: 3, alike: [pair, pair], strays: [stray], highestStranger: pair,
            outdatedFaces: 1)
        try await withGateway(models: GivenModels(report: report)) { box in
            let answer = try await box.client().checkGallery(limit: 1)
            #expect(answer.alike == [pair] && answer.strays == [stray] && answer.highestStranger == pair)
            #expect(answer.persons == 2 && answer.faces == 3 && answer.outdatedFaces == 1)
        }
    }
}
