import AIBoxAPI
import NIOCore
import ServiceClients
import TestSupport
import Testing

@testable import ModelServer

/// A model server with the data manager that feeds it.
@Suite(.enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)), .timeLimit(.minutes(5)))
struct RecognitionTests {
    /// Persons whose pictures can be enrolled and resemble one another, most alike first.
    private static func alike(_ count: Int) async throws -> [String] {
        var found: [(name: String, cosine: Double)] = []
        try await withGallery { gallery in
            for name in TestFaces.people.prefix(16) {
                let pictures = try (0..<3).map { ByteBuffer(bytes: try TestFaces.bytes(name, $0)) }
                let wish = EnrolmentRequest(requestID: "test")
                var vectors: [[Float]] = []
                for picture in pictures {
                    guard let outcome = try? await gallery.server.enrol(picture, wish) else { break }
                    vectors.append(outcome.template.vector)
                }
                guard vectors.count == 3 else { continue }
                let pairs = [(0, 1), (0, 2), (1, 2)].map { dot(vectors[$0.0], vectors[$0.1]) }
                found.append((name, pairs.min() ?? 0))
            }
        }
        return found.sorted { $0.cosine > $1.cosine }.prefix(count).map(\.name)
    }

    private static func dot(_ left: [Float], _ right: [Float]) -> Double {
        zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    /// Field report BL-06: the very next request knows of every change.
    @Test func enrolmentAndDeletionAreSeenByTheNextRequest() async throws {
        let name = try #require(try await Self.alike(1).first)
        try await withGallery { gallery in
            let probe = try TestFaces.bytes(name, 0)
            for round in 0..<3 {
                let stranger = try #require(try await gallery.faces(probe).first)
                #expect(stranger.person == nil && stranger.isRecognized)
                let person = try await gallery.person("round \(round)")
                for number in 0..<3 { try await gallery.enrol(try TestFaces.bytes(name, number), as: person) }
                let match = try #require(try await gallery.faces(probe).first?.person)
                #expect(match.id == person && match.name == "round \(round)" && match.cosine > 0.999)
                #expect(match.similarity > 0.5)
                #expect(try await gallery.data.deletePerson(person))
            }
        }
    }

    @Test func aSecondPersonWithTheSameFaceIsReported() async throws {
        let names = try await Self.alike(2)
        try await withGallery { gallery in
            let first = try await gallery.person("first")
            let second = try await gallery.person("second")
            let before = try await gallery.enrol(try TestFaces.bytes(names[0], 0), as: first)
            #expect(before.outcome.matches.isEmpty)
            let again = try await gallery.enrol(try TestFaces.bytes(names[0], 1), as: second)
            #expect(again.outcome.matches.map(\.id) == [first])
            #expect(again.outcome.matches.allSatisfy { $0.similarity >= 0.5 && $0.name.isEmpty })
            let other = try await gallery.enrol(try TestFaces.bytes(names[1], 0), as: try await gallery.person("third"))
            #expect(other.outcome.matches.isEmpty)
        }
    }

    @Test func aNegativeAnchorExcludesWhoeverLooksLikeIt() async throws {
        let name = try #require(try await Self.alike(1).first)
        try await withGallery { gallery in
            let person = try await gallery.person("person")
            let (enrolled, probe) = (try TestFaces.bytes(name, 0), try TestFaces.bytes(name, 1))
            try await gallery.enrol(enrolled, as: person)
            #expect(try await gallery.faces(probe).first?.person?.id == person)
            let anchor = try await gallery.enrol(probe, as: person, .anchor).face
            #expect(try await gallery.faces(probe).first?.person == nil, "looks like the anchor more than the face")
            #expect(try await gallery.faces(enrolled).first?.person?.id == person)
            #expect(try await gallery.data.deleteFace(anchor.id, ofPerson: person))
            #expect(try await gallery.faces(probe).first?.person?.id == person)
        }
    }

    @Test func templatesOfTwoEmbeddingModelsAreAliveTogether() async throws {
        let names = try await Self.alike(3)
        try await withGalleryData { data in
            var persons: [UUIDv7] = []
            var faces: [EnrolledFace] = []
            try await withServer(of: data) { gallery in
                for name in names.prefix(2) {
                    persons.append(try await gallery.person(name))
                    faces.append(
                        try await gallery.enrol(try TestFaces.bytes(name, 0), as: persons[persons.count - 1]).face)
                }
            }
            try await withServer(of: data, [.recognition: "mobilefacenet_128"]) { gallery in
                persons.append(try await gallery.person(names[2]))
                let third = try await gallery.enrol(try TestFaces.bytes(names[2], 0), as: persons[2]).face
                #expect(third.models == ["mobilefacenet_128@1"] && faces[0].models != third.models)
                func expectAllRecognised() async throws {
                    for (name, person) in zip(names, persons) {
                        let found = try await gallery.faces(try TestFaces.bytes(name, 0)).first?.person
                        #expect(found?.id == person && (found?.cosine ?? 0) > 0.9, "\(name)")
                    }
                }
                try await expectAllRecognised()
                #expect(try await gallery.server.checkGallery(limit: 10).outdatedFaces >= 1)

                // As the gateway's re-embed does it.
                for (face, person) in zip(faces, persons) {
                    let crop = try #require(try await gallery.data.faceCrop(face.id, ofPerson: person))
                    var wish = EnrolmentRequest(requestID: "test")
                    wish.isCrop = true
                    let outcome = try await gallery.server.enrol(crop, wish)
                    #expect(outcome.template.model == "mobilefacenet_128@1")
                    #expect(try await gallery.data.addTemplate(outcome.template, toFace: face.id))
                }
                let report = try await gallery.server.checkGallery(limit: 10)
                #expect(report.outdatedFaces == 0 && report.faces == 3 && report.persons == 3)
                try await expectAllRecognised()
            }
            // The present model alone.
            try await withServer(of: data) { gallery in
                for (name, person) in zip(names, persons).prefix(2) {
                    let found = try await gallery.faces(try TestFaces.bytes(name, 1)).first?.person?.id
                    #expect(found == person)
                }
            }
        }
    }

    @Test func theReportFindsAFaceThatLiesWithTheWrongPerson() async throws {
        let names = try await Self.alike(3)
        try await withGallery { gallery in
            let empty = try await gallery.server.checkGallery(limit: 10)
            #expect(empty.persons == 0 && empty.alike.isEmpty && empty.strays.isEmpty && empty.highestStranger == nil)
            var persons: [UUIDv7] = []
            for name in names {
                let person = try await gallery.person(name)
                persons.append(person)
                for number in 0..<2 { try await gallery.enrol(try TestFaces.bytes(name, number), as: person) }
            }
            let sound = try await gallery.server.checkGallery(limit: 10)
            #expect(sound.persons == 3 && sound.faces == 6)
            #expect(sound.alike.isEmpty && sound.strays.isEmpty && sound.highestStranger != nil)

            let wrong = try await gallery.enrol(try TestFaces.bytes(names[0], 2), as: persons[1]).face
            let report = try await gallery.server.checkGallery(limit: 10)
            let pair = try #require(report.alike.first)
            #expect(Set([pair.person, pair.otherPerson]) == Set(persons.prefix(2)))
            #expect([pair.face, pair.otherFace].contains(wrong.id) && report.highestStranger == pair)
            #expect(report.strays.map(\.face) == [wrong.id] && report.strays.map(\.person) == [persons[1]])
        }
    }

    @Test func withoutAGalleryEveryUseOfItSaysSo() async throws {
        let server = try await TestServer.complete()
        let picture = ByteBuffer(bytes: try TestPlaces.bytes("coco-dev/extra/zidane.jpg"))
        let problems = [
            await problem { _ = try await server.analyze(picture, .of([.faces]) { $0.recognize = true }) },
            await problem { _ = try await server.enrol(picture, EnrolmentRequest(requestID: "test")) },
            await problem {
                _ = try await server.verify(picture, with: picture, VerificationRequest(requestID: "test"))
            },
            await problem { _ = try await server.checkGallery(limit: 1) },
        ]
        for problem in problems { #expect(problem?.status == 503 && problem?.type == "/problems/no-gallery") }
    }
}
