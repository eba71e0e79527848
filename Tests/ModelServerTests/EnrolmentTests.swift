import AIBoxAPI
import Imaging
import NIOCore
import ServiceClients
import TestSupport
import Testing

@testable import ModelServer

/// Which pictures may join the gallery, and why others may not.
@Suite(.enabled(if: TestPlaces.arePresent, Comment(rawValue: TestPlaces.absence)), .timeLimit(.minutes(5)))
struct EnrolmentTests {
    private static let people = Array(TestFaces.people.prefix(8))

    private func refusal(of pixels: PixelBuffer, _ gallery: TestGallery) async -> String? {
        do {
            _ = try await gallery.server.enrol(
                ByteBuffer(bytes: TestPNG.file(pixels)), EnrolmentRequest(requestID: "test"))
            return nil
        } catch let problem as Problem {
            #expect(problem.status == 422 && problem.errors?.map(\.field) == ["image"], "\(problem)")
            return problem.type
        } catch {
            Issue.record(error)
            return nil
        }
    }

    @Test func aPictureWithoutAFaceIsRefused() async throws {
        try await withGallery { gallery in
            let pictures = [
                PixelBuffer.flat(width: 640, height: 480, level: 0), .flat(width: 64, height: 64, level: 255),
                .flat(width: 1, height: 1, level: 128), try .of("plates-dev/br/GWT2180.jpg"),
            ]
            for pixels in pictures { #expect(await refusal(of: pixels, gallery) == "/problems/no-face") }
        }
    }

    @Test func eachSpoiledPortraitIsRefusedForItsReason() async throws {
        try await withGallery { gallery in
            for (person, next) in zip(Self.people, Self.people.dropFirst()) {
                let pixels = try TestFaces.pixels(person, 0)
                let other = try TestFaces.pixels(next, 0)
                guard await refusal(of: pixels, gallery) == nil, await refusal(of: other, gallery) == nil else {
                    continue
                }
                let spoiled: [(String, PixelBuffer)] = [
                    ("several-faces", pixels.pasted(onto: 400, 240, with: other)),
                    ("face-too-small", pixels.enlarged(width: 60, height: 60).pasted(onto: 240, 240)),
                    ("face-blurred", pixels.blurred(by: 6)),
                    ("face-badly-lit", pixels.samples { $0 / 12 }),
                ]
                for (reason, picture) in spoiled {
                    let found = await refusal(of: picture, gallery)
                    // Where so little is left, the detector may see no face at all.
                    #expect(
                        found == "/problems/\(reason)" || found == "/problems/no-face",
                        "\(person) \(reason): \(found ?? "taken")")
                }
                #expect(await refusal(of: spoiled[0].1, gallery) == "/problems/several-faces", "\(person)")
            }
        }
    }

    @Test func whoIsWantedAliveIsRefusedExactlyWhenNotLive() async throws {
        try await withGallery { gallery in
            for person in Self.people {
                let picture = ByteBuffer(bytes: try TestFaces.bytes(person, 0))
                guard let outcome = try? await gallery.server.enrol(picture, EnrolmentRequest(requestID: "test")) else {
                    continue
                }
                let liveness = try #require(outcome.liveness)
                var wish = EnrolmentRequest(requestID: "test")
                wish.requireLive = true
                let problem = await problem { _ = try await gallery.server.enrol(picture, wish) }
                #expect(problem?.type == (liveness.live ? nil : "/problems/face-not-live"), "\(person) \(liveness)")
                var comparison = VerificationRequest(requestID: "test")
                comparison.requireLive = true
                let answer = try await gallery.server.verify(picture, with: picture, comparison)
                #expect(answer.same == liveness.live && answer.cosine > 0.999)
                let id = try await gallery.person(person)
                try await gallery.enrol(try TestFaces.bytes(person, 0), as: id)
                let strict = try await gallery.faces(try TestFaces.bytes(person, 0)) { $0.requireLive = true }
                #expect((strict.first?.person?.id == id) == liveness.live)
                #expect(try await gallery.faces(try TestFaces.bytes(person, 0)).first?.person?.id == id)
            }
        }
    }

    /// Over all portraits: the rates are those of a working model, whoever is shown.
    @Test func verificationTellsPersonsApart() async throws {
        try await withGallery { gallery in
            var (same, different) = ((right: 0, all: 0), (right: 0, all: 0))
            for (index, person) in TestFaces.people.prefix(20).enumerated() {
                let picture = ByteBuffer(bytes: try TestFaces.bytes(person, 0))
                let other = TestFaces.people[(index + 1) % TestFaces.people.count]
                for (name, number) in [(person, 1), (other, 1)] {
                    let answer = try await gallery.server.verify(
                        picture, with: ByteBuffer(bytes: try TestFaces.bytes(name, number)),
                        VerificationRequest(requestID: "test"))
                    #expect(answer.same == (answer.cosine >= answer.threshold))
                    #expect((answer.similarity >= 0.5) == answer.same, "\(answer.similarity) \(answer.cosine)")
                    if name == person {
                        same = (same.right + (answer.same ? 1 : 0), same.all + 1)
                    } else {
                        different = (different.right + (answer.same ? 0 : 1), different.all + 1)
                    }
                }
            }
            #expect(same.right * 10 >= same.all * 8, "\(same)")
            #expect(different.right == different.all, "\(different)")
        }
    }

    @Test(arguments: [0, 1]) func aVerificationWithoutAFaceNamesThePicture(which: Int) async throws {
        try await withGallery { gallery in
            let face = ByteBuffer(bytes: try TestFaces.bytes(Self.people[0], 0))
            let blank = ByteBuffer(bytes: TestPNG.file(.flat(width: 200, height: 200, level: 90)))
            let pair = which == 0 ? (blank, face) : (face, blank)
            let problem = await problem {
                _ = try await gallery.server.verify(pair.0, with: pair.1, VerificationRequest(requestID: "test"))
            }
            #expect(problem?.status == 422 && problem?.type == "/problems/no-face")
            #expect(problem?.errors?.map(\.field) == ["image\(which + 1)"])
        }
    }
}

/// The problem that a call throws; any other error is an issue.
func problem(_ body: () async throws -> Void) async -> Problem? {
    do {
        try await body()
        return nil
    } catch let problem as Problem {
        return problem
    } catch {
        Issue.record(error)
        return nil
    }
}
