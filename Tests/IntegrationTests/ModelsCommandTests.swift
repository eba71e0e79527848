import Foundation
import TestSupport
import Testing

extension LiveTests {
    /// `aibox models list`.
    @Suite(.enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)), .timeLimit(.minutes(2)))
    struct ModelsCommandTests {
        private struct Listed: Decodable {
            struct Licence: Decodable {
                var name: String
                var allowsCommerce: Bool

                private enum CodingKeys: String, CodingKey {
                    case name
                    case allowsCommerce = "commercial_use"
                }
            }
            struct Figure: Decodable {
                var metric: String
                var published: Bool?
            }
            var name: String
            var version: String
            var file: String
            var licence: Licence
            var accuracy: [Figure]
        }

        @Test func theTableShowsLicencesAndMarksWhatOnlyTheAuthorMeasured() async throws {
            try await withTemporaryFolder { home in
                let text = try await aibox("models", "list", "--json", in: home)
                #expect(text.status == 0, "\(text.errors)")
                let listed = try JSONDecoder().decode([Listed].self, from: Data(text.output.utf8))
                let table = try await aibox("models", "list", in: home)
                #expect(table.status == 0, "\(table.errors)")
                let lines = table.output.split(separator: "\n")
                #expect(lines.count == listed.count + 1 && listed.count > 20)
                for model in listed {
                    let line = try #require(lines.first { $0.hasPrefix("\(model.name)@\(model.version) ") })
                    let licence = (model.licence.allowsCommerce ? " " : "! ") + model.licence.name + " "
                    #expect(line.contains(licence), "\(line)")
                    let isMeasured = model.accuracy.contains { $0.published != true }
                    #expect(line.contains("published: ") == (!isMeasured && !model.accuracy.isEmpty), "\(line)")
                    #expect(line.contains("not measured") == model.accuracy.isEmpty, "\(line)")
                }
                #expect(listed.contains { $0.accuracy.allSatisfy { $0.published == true } && !$0.accuracy.isEmpty })
                #expect(listed.contains { !$0.licence.allowsCommerce })
            }
        }
    }
}
