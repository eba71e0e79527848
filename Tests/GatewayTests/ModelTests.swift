import AIBoxAPI
import AIBoxClient
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct ModelTests {
    private static let seven = (1...7).map { ModelSummary.example("model", "\($0)", .available) }

    @Test(arguments: [(1, [1, 1, 1, 1, 1, 1, 1]), (3, [3, 3, 1]), (7, [7]), (500, [7])])
    func modelsComeInPagesOfTheSizeAskedFor(limit: Int, sizes: [Int]) async throws {
        try await withGateway(models: GivenModels(catalogue: Self.seven)) { box in
            let token = try await box.token(.viewer)
            var (pages, path): ([[ModelSummary]], String?) = ([], "/models?limit=\(limit)")
            while let next = path {
                let page: Page<ModelSummary> = try await box.call(.GET, next, token: token).decode()
                pages.append(page.items)
                path = page.nextCursor.map { "/models?limit=\(limit)&cursor=\($0)" }
            }
            #expect(pages.map(\.count) == sizes)
            #expect(pages.joined().map(\.version) == Self.seven.map(\.version))
        }
    }

    @Test(arguments: ["limit=0", "limit=501", "limit=x", "cursor=", "cursor=nonsense", "page=2"])
    func wrongPageIsRefusedByName(query: String) async throws {
        try await withGateway { box in
            let answer = try await box.call(.GET, "/models?\(query)", token: try await box.token(.viewer))
            #expect(answer.status == 422)
            #expect(try answer.decode(Problem.self).errors?.map(\.field) == [String(query.prefix { $0 != "=" })])
        }
    }

    @Test func clientGetsEveryPage() async throws {
        let many = (0..<120).map { ModelSummary.example("model-\($0)", "1", .available) }
        try await withGateway(models: GivenModels(catalogue: many)) { box in
            let models = try await box.client().models()
            #expect(models.map(\.name) == many.map(\.name))
        }
    }

    @Test(arguments: [
        ([ModelSummary.State.missing, .ready], "2"), ([.ready, .missing], "1"), ([.missing, .failed], "1"),
    ])
    func ofSeveralVersionsTheReadyOneIsShown(states: [ModelSummary.State], version: String) async throws {
        let versions = zip(1..., states).map { ModelSummary.example("nano", "\($0)", $1) }
        try await withGateway(models: GivenModels(catalogue: versions)) { box in
            let model = try await box.client().model("nano")
            #expect(model.version == version)
        }
    }

    @Test func healthWithoutACredentialTellsNoAddress() async throws {
        let problem = Problem.unavailable("The model server cannot be reached at http://10.0.0.5:8001 (/srv/x).")
        try await withGateway(models: GivenModels(failure: problem)) { box in
            for path in ["/health", "/health/ready"] {
                let text = String(buffer: try await box.call(.GET, path).body)
                #expect(text.contains("down (Service Unavailable)"))
                #expect(!text.contains("10.0.0.5") && !text.contains("srv"))
            }
        }
    }
}
