import AIBoxAPI
import Imaging
import NIOCore
import ServiceClients
import TestSupport
import Testing

@testable import ModelServer

/// Field reports BL-01 and BL-02 for every task: an answer does not depend on how a file stores what it displays.
@Suite(.enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)), .timeLimit(.minutes(5)))
struct StoredFormTests {
    /// Persons and faces; persons, faces and a vehicle; a vehicle with its plate.
    private static let pictures = ["coco-dev/extra/zidane.jpg", "coco-dev/extra/bus.jpg", "plates-dev/br/GWT2180.jpg"]

    /// Runs `body` with a gallery that knows the largest face of a picture when it is large enough, and with who that is.
    private func withKnownFace(
        of pixels: PixelBuffer, _ body: (TestGallery, UUIDv7?) async throws -> Void
    ) async throws {
        try await withGallery { gallery in
            var person: UUIDv7?
            let largest = try await gallery.faces(TestPNG.file(pixels)).first
            if let face = largest, min(face.boundingBox.width, face.boundingBox.height) >= 60 {
                let known = try await gallery.person("known")
                person = known
                let box = face.boundingBox
                let portrait = pixels.cropped(
                    x: Int(box.x - box.width), y: Int(box.y - box.height), width: Int(box.width * 3),
                    height: Int(box.height * 3))
                try await gallery.enrol(TestPNG.file(portrait), as: known)
            }
            try await body(gallery, person)
        }
    }

    @Test(arguments: pictures)
    func equalPixelsAreAnsweredAlikeHoweverTheyLie(picture: String) async throws {
        let pixels = try PixelBuffer.of(picture).inWholeBlocks
        try await withKnownFace(of: pixels) { gallery, person in
            let expected = try await gallery.analyze(TestPNG.file(pixels), .everything)
            #expect(try expected.faults().isEmpty && !expected.marks.isEmpty)
            let findings = try expected.findings()
            for orientation in 1...8 {
                let found = try await gallery.analyze(TestPNG.file(pixels, orientation: orientation), .everything)
                #expect(try found.findings() == findings, "PNG \(orientation)")
            }
            let known = (expected.faces ?? []).compactMap(\.person?.id)
            #expect(known == (person.map { [$0] } ?? []))
            // Compression rounds turned blocks otherwise: near is enough.
            let upright = try await gallery.analyze(pixels.jpeg(quality: 100), .everything)
            for orientation in 1...8 {
                let file = try TestJPEG.stored(pixels, orientation: orientation)
                let found = try await gallery.analyze(file, .everything)
                #expect(found.image == expected.image)
                for mark in upright.certainMarks {
                    #expect(found.marks.contains { mark.isNear($0) }, "JPEG \(orientation): \(mark) in \(found.marks)")
                }
                #expect((found.faces ?? []).compactMap(\.person?.id) == known)
            }
        }
    }

    @Test(arguments: pictures)
    func pixelFormatsAreAnsweredAlike(picture: String) async throws {
        let pixels = try PixelBuffer.of(picture)
        try await withKnownFace(of: pixels) { gallery, _ in
            let expected = try await gallery.analyze(TestPNG.file(pixels), .everything)
            let findings = try expected.findings()
            for form in TestPNG.Form.allCases {
                let found = try await gallery.analyze(TestPNG.file(pixels, form), .everything)
                #expect(try found.faults().isEmpty)
                guard form.isGrey else {
                    #expect(try found.findings() == findings, "\(form)")
                    continue
                }
                // What is certain in colour is there in grey; a number plate's text is not compared.
                for mark in expected.marks where mark.confidence >= 0.7 && !mark.kind.hasPrefix("plate") {
                    let best = found.marks.map(mark.overlap).max() ?? 0
                    #expect(best >= 0.8, "\(form): \(mark) \(best)")
                }
            }
        }
    }

    @Test func templatesOfAnyFormAreTheSame() async throws {
        try await withGallery { gallery in
            for person in TestFaces.people.prefix(6) {
                let pixels = try TestFaces.pixels(person, 0)
                let colour = ByteBuffer(bytes: TestPNG.file(pixels))
                for form in TestPNG.Form.allCases {
                    let other = ByteBuffer(bytes: TestPNG.file(pixels, form))
                    let answer = try await gallery.server.verify(
                        colour, with: other, VerificationRequest(requestID: "test"))
                    #expect(answer.cosine >= (form.isGrey ? 0.8 : 0.9999), "\(person) \(form): \(answer.cosine)")
                    #expect(answer.same)
                }
                for orientation in 1...8 {
                    let file = TestPNG.file(pixels, orientation: orientation)
                    let answer = try await gallery.server.verify(
                        colour, with: ByteBuffer(bytes: file), VerificationRequest(requestID: "test"))
                    #expect(answer.cosine >= 0.9999, "\(person) \(orientation): \(answer.cosine)")
                }
            }
        }
    }

    @Test func theCropThatIsKeptStandsUpright() async throws {
        try await withGallery { gallery in
            let pixels = try TestFaces.pixels(TestFaces.people[0], 0)
            var request = EnrolmentRequest(requestID: "test")
            request.keepCrop = true
            let upright = try await gallery.server.enrol(ByteBuffer(bytes: TestPNG.file(pixels)), request)
            #expect(upright.crop?.isEmpty == false)
            for orientation in 1...8 {
                let file = TestPNG.file(pixels, orientation: orientation)
                let outcome = try await gallery.server.enrol(ByteBuffer(bytes: file), request)
                #expect(outcome.crop == upright.crop && outcome.boundingBox == upright.boundingBox)
                #expect(outcome.template == upright.template)
            }
        }
    }
}
