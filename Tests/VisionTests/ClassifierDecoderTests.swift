import Foundation
import Testing
import Vision

@Suite struct ClassifierDecoderTests {
    private let labels = ["car", "bus", "van"]

    private func classify(_ decoder: ClassifierDecoder, _ tensors: [Tensor]) throws -> [Classification] {
        try withViews(of: tensors) { try decoder.classifications(in: $0) }
    }

    private func probabilities(_ activation: ClassActivation, _ values: [Float]) throws -> [Float] {
        let decoder = ClassifierDecoder(labels: labels, activation: activation)
        let tensor = Tensor(name: "prob", shape: [1, 3], values: values)
        return try #require(classify(decoder, [tensor]).first).classes.map(\.probability)
    }

    @Test(
        "Values become probabilities as the activation says",
        arguments: [
            (.none, [0.2, 0.9, 1.5], [0.2, 0.9, 1]), (.softmax, [0, 0, 0], [1 / 3, 1 / 3, 1 / 3]),
            (.softmax, [1000, 0, -1000], [1, 0, 0]), (.sigmoid, [0, 100, -100], [0.5, 1, 0]),
            (.softmaxUnlessDistribution, [0.2, 0.7, 0.1], [0.2, 0.7, 0.1]),
            (.softmaxUnlessDistribution, [0.2, 0.7, 0.3], [0.2653, 0.4374, 0.2932]),
            (.softmaxUnlessDistribution, [2, 0, -1], [0.8438, 0.1142, 0.0420]),
        ] as [(ClassActivation, [Float], [Float])])
    func activations(activation: ClassActivation, values: [Float], expected: [Float]) throws {
        for (found, wanted) in zip(try probabilities(activation, values), expected) {
            #expect(near(found, wanted, within: 2e-3))
        }
    }

    @Test(arguments: 0..<20)
    func softmaxSumsToOneAndKeepsTheOrder(_ seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        let logits = (0..<3).map { _ in Float.random(in: -50...50, using: &random) }
        let found = try probabilities(.softmaxUnlessDistribution, logits)
        #expect(near(found.reduce(0, +), 1, within: 1e-5))
        let order = logits.indices.sorted { logits[$0] > logits[$1] }
        #expect(found[order[0]] >= found[order[1]] && found[order[1]] >= found[order[2]])
    }

    @Test func theBestClassAndEachByItsLabel() throws {
        let decoder = ClassifierDecoder(labels: labels)
        let found = try #require(
            classify(decoder, [Tensor(name: "prob", shape: [1, 3, 1, 1], values: [0.2, 0.5, 0.3])]).first)
        #expect(found.best == .init(label: "bus", probability: 0.5))
        #expect(found.probability(of: "van") == 0.3)
        #expect(found.probability(of: "tram") == nil)
    }

    @Test func outputsAreTakenByNameAndFurtherOnesAsTheyAre() throws {
        let decoder = ClassifierDecoder(
            labels: ["white", "black"], output: "color",
            furtherOutputs: [.init(name: "type", labels: labels), .init(name: "spot", labels: ["x", "y"])])
        let found = try classify(
            decoder,
            [
                Tensor(name: "type", shape: [2, 3], values: [0.1, 0.2, 0.7, 1, 0, 0]),
                Tensor(name: "color", shape: [2, 2, 1, 1], values: [0.9, 0.1, 0.4, 0.6]),
                Tensor(name: "spot", shape: [2, 2], values: [0.25, -3, 4, 0.5]),
            ])
        #expect(found.map { $0.best?.label } == ["white", "black"])
        #expect(found.map { $0.values["van"] } == [0.7, 0])
        #expect(found.map { $0.values["y"] } == [-3, 0.5])
    }

    @Test func otherOutputsAreRefused() {
        let plain = ClassifierDecoder(labels: labels)
        func refuses(_ decoder: ClassifierDecoder, _ tensors: [Tensor]) {
            #expect(throws: DecodeError.self) { try classify(decoder, tensors) }
        }
        for shape in [[1, 4], [3], [1, 1, 3], [0, 3], []] { refuses(plain, [Tensor(name: "a", shape: shape)]) }
        refuses(plain, [Tensor(name: "a", shape: [1, 3]), Tensor(name: "b", shape: [1, 3])])
        refuses(plain, [Tensor(name: "a", shape: [1, 3], values: [0, .nan, 1])])
        refuses(ClassifierDecoder(labels: []), [Tensor(name: "a", shape: [1, 0])])
        refuses(ClassifierDecoder(labels: labels, output: "b"), [Tensor(name: "a", shape: [1, 3])])
        let further = ClassifierDecoder(
            labels: labels, output: "a", furtherOutputs: [.init(name: "b", labels: ["x"])])
        refuses(further, [Tensor(name: "a", shape: [2, 3]), Tensor(name: "b", shape: [1, 1])])
        refuses(further, [Tensor(name: "a", shape: [1, 3])])
    }
}
