import AIBoxAPI
import Foundation
import Testing

extension LiveTests {
    /// The ways of writing a threshold, and the places where it can stand.
    @Suite(.enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)), .timeLimit(.minutes(3)))
    struct ThresholdTests {
        private static let picture = Pictures.black(width: 96, height: 64)
        private static let paths = [
            "/human-analysis/person-detection", "/human-analysis/face-detection",
            "/vehicle-analysis/vehicle-detection", "/vehicle-analysis/license-plate",
        ]
        private static let good = ["0", "0.0", "1", "1e-9", ".5"]
        private static let bad = ["-0.1", "1.5", "abc", "0,5", "", "NaN", "Infinity"]

        private static func requests(_ path: String, _ text: String) -> [Request] {
            let escaped = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let encoded = picture.base64EncodedString()
            return [
                .post("\(path)?store=none&threshold=\(escaped)", picture, type: "image/bmp"),
                .form("\(path)?store=none", [.option("threshold", text), .picture(picture)]),
                .json(
                    "\(path)?store=none", Data(#"{"image":"\#(encoded)","threshold":"\#(text)"}"#.utf8)),
            ]
        }

        @Test func everySpellingOfANumberIsTakenAndNothingElse() async throws {
            try await withServer { server in
                let caller = try await server.login()
                for path in Self.paths {
                    for (text, status) in Self.good.map({ ($0, 200) }) + Self.bad.map({ ($0, 422) }) {
                        for request in Self.requests(path, text) {
                            let answer = try await caller.send(request)
                            #expect(answer.status == status, "\(request.path) '\(text)': \(answer.text)")
                            let field = answer.problem?.errors?.first?.field
                            #expect(field == (status == 422 ? "threshold" : nil), "\(text): \(answer.text)")
                        }
                    }
                }
            }
        }

        @Test(arguments: [("0", 200), ("0.5", 200), ("1", 200), ("1.5", 422), ("-1", 422), ("true", 422), ("[0]", 422)])
        func aNumberOfJSONIsTakenLikeItsText(number: String, status: Int) async throws {
            try await withServer { server in
                let caller = try await server.login()
                let encoded = Self.picture.base64EncodedString()
                let body = Data(#"{"image":"\#(encoded)","threshold":\#(number)}"#.utf8)
                let answer = try await caller.send(.json(Self.paths[0], body))
                #expect(answer.status == status, "\(answer.text)")
            }
        }

        @Test func twoDifferentThresholdsAreRefused() async throws {
            try await withServer { server in
                let caller = try await server.login()
                let twice = try await caller.analyse(
                    Self.picture, "\(Self.paths[0])?threshold=0.1&threshold=0.9", type: "image/bmp")
                let mixed = try await caller.send(
                    .form("\(Self.paths[0])?threshold=0.1", [.option("threshold", "0.9"), .picture(Self.picture)]))
                for answer in [twice, mixed] {
                    #expect(answer.status == 422, "\(answer.text)")
                    #expect(answer.problem?.errors?.first?.field == "threshold", "\(answer.text)")
                }
            }
        }

        @Test(.enabled(if: Places.hasPhotographs, Comment(rawValue: Places.noPhotographs)))
        func theLowestThresholdFloodsNobody() async throws {
            try await withServer { server in
                let caller = try await server.login()
                let path = "/analyze?tasks=persons,faces,vehicles,plates&threshold=0&max_results=7"
                let answer = try await caller.analyse(try Pictures.plate(), path).json(AnalysisAnswer.self)
                let counts = [
                    answer.persons?.count, answer.faces?.count, answer.vehicles?.count, answer.plates?.count,
                ]
                #expect(counts.allSatisfy { (0...7).contains($0 ?? -1) } && counts.contains(7), "\(counts)")
            }
        }
    }
}
