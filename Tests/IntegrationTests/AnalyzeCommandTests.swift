import AIBoxAPI
import Foundation
import TestSupport
import Testing

extension LiveTests {
    /// `aibox analyze`.
    @Suite(
        .enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)),
        .enabled(if: Places.hasPhotographs, Comment(rawValue: Places.noPhotographs)), .timeLimit(.minutes(2)))
    struct AnalyzeCommandTests {
        /// Of `--json`.
        private struct Entry: Decodable {
            var file: String
            var result: AnalysisResult?
            var error: Problem?
        }

        private static let readings = ["GWT2180", "JQV5526"]

        /// A folder with two photographs below it, a text file and a file without a picture's name.
        private func withPictures(_ body: (_ home: URL, _ pictures: URL) async throws -> Void) async throws {
            try await withTemporaryFolder { home in
                let pictures = home.appending(path: "pictures")
                let deeper = pictures.appending(path: "deeper")
                try FileManager.default.createDirectory(at: deeper, withIntermediateDirectories: true)
                try Pictures.plate(Self.readings[0]).write(to: pictures.appending(path: "first.jpg"))
                try Pictures.plate(Self.readings[1]).write(to: deeper.appending(path: "second.without-an-ending"))
                try Data("no picture".utf8).write(to: pictures.appending(path: "text.jpg"))
                try await body(home, pictures)
            }
        }

        @Test func aFolderIsSearchedByContentAndAnsweredInJSON() async throws {
            try await withPictures { home, pictures in
                let result = try await aibox("analyze", pictures.path, "--tasks", "plates", "--json", in: home)
                #expect(result.status == 0, "\(result.errors)")
                let entries = try JSONDecoder().decode([Entry].self, from: Data(result.output.utf8))
                #expect(Set(entries.compactMap { $0.result?.plates?.first?.plateNumber }) == Set(Self.readings))
                #expect(entries.count == 2 && entries.allSatisfy { $0.error == nil && $0.result?.persons == nil })
            }
        }

        @Test func commaSeparatedValuesHaveALineAnItem() async throws {
            try await withPictures { home, pictures in
                let result = try await aibox("analyze", pictures.path, "--tasks", "plates", "--csv", in: home)
                let lines = result.output.split(separator: "\n")
                #expect(lines.first == "file,task,label,confidence,x,y,width,height")
                #expect(result.status == 0 && lines.count == 3)
                for reading in Self.readings { #expect(result.output.contains("plates,\(reading),")) }
            }
        }

        @Test func drawnPicturesAreWrittenAndTheOriginalsStay() async throws {
            try await withPictures { home, pictures in
                let drawn = home.appending(path: "out/drawn")
                let result = try await aibox("analyze", pictures.path, "--annotate", drawn.path, in: home)
                #expect(result.status == 0, "\(result.errors)")
                let names = try FileManager.default.contentsOfDirectory(atPath: drawn.path).sorted()
                #expect(names == ["first.jpg", "second.without-an-ending.jpg"])
                for name in names {
                    let bytes = try Data(contentsOf: drawn.appending(path: name))
                    #expect(bytes.starts(with: [0xFF, 0xD8, 0xFF]))
                }
                let original = try Data(contentsOf: pictures.appending(path: "first.jpg"))
                #expect(try original == Pictures.plate(Self.readings[0]))
            }
        }

        @Test func whatIsAbsentEndsWithThreeAndWhatIsNoPictureWithOne() async throws {
            try await withPictures { home, pictures in
                let missing = pictures.appending(path: "missing.jpg").path
                let absent = try await aibox("analyze", missing, in: home)
                #expect(absent.status == 3 && absent.errors.contains(missing) && absent.output.isEmpty, "\(absent)")
                let text = pictures.appending(path: "text.jpg").path
                let refused = try await aibox("analyze", text, in: home)
                #expect(refused.status == 1 && refused.errors.contains(text), "\(refused)")
            }
        }

        @Test func oneBadPictureDoesNotHideTheOthers() async throws {
            try await withPictures { home, pictures in
                let files = ["text.jpg", "first.jpg"].map { pictures.appending(path: $0).path }
                let result = try await aibox("analyze", files[0], files[1], "--tasks", "plates", "--json", in: home)
                #expect(result.status == 1)
                let entries = try JSONDecoder().decode([Entry].self, from: Data(result.output.utf8))
                #expect(entries.map { $0.error == nil } == [false, true])
                #expect(entries.last?.result?.plates?.first?.plateNumber == Self.readings[0])
            }
        }
    }
}
