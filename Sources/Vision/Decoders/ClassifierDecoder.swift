/// Classes of a whole picture, crop or pose: an output [batch, classes] with any number of 1s behind, and further outputs
/// whose values are taken as they are.
public struct ClassifierDecoder: Hashable, Sendable {
    /// A named output with what each of its values means.
    public struct Output: Hashable, Sendable {
        public let name: String
        public let labels: [String]

        public init(name: String, labels: [String]) {
            self.name = name
            self.labels = labels
        }
    }

    /// In the order of the model's classes.
    public let labels: [String]
    /// Name of the output with the classes; `nil` takes the only one.
    public let output: String?
    public let activation: ClassActivation
    public let furtherOutputs: [Output]

    public init(
        labels: [String], output: String? = nil, activation: ClassActivation = .softmaxUnlessDistribution,
        furtherOutputs: [Output] = []
    ) {
        self.labels = labels
        self.output = output
        self.activation = activation
        self.furtherOutputs = furtherOutputs
    }

    /// One classification for each picture of the batch.
    /// - Throws: ``DecodeError`` when the outputs are not named and shaped as above or hold values that are not finite.
    public func classifications(in outputs: [TensorView]) throws(DecodeError) -> [Classification] {
        let main = try outputs.selected(output)
        let rows = try main.rows(of: labels.count)
        try main.requireFinite()
        var found = rows.map { row in
            let probability = activation.probability(of: row, count: labels.count)
            let classes = labels.indices.map { index in
                Classification.Class(label: labels[index], probability: probability(row[index]))
            }
            return Classification(classes: classes, values: [:])
        }
        for further in furtherOutputs {
            let output = try outputs.named(further.name)
            let rows = try output.rows(of: further.labels.count)
            try output.requireFinite()
            guard rows.count == found.count else {
                throw DecodeError(
                    "Output '\(further.name)' answers \(rows.count) pictures, '\(main.name)' \(found.count).")
            }
            for (index, row) in rows.enumerated() {
                for (position, label) in further.labels.enumerated() { found[index].values[label] = row[position] }
            }
        }
        return found
    }
}

/// What a classifier made of one picture.
public struct Classification: Hashable, Sendable {
    public struct Class: Hashable, Sendable {
        public var label: String
        /// 0–1.
        public var probability: Float

        public init(label: String, probability: Float) {
            self.label = label
            self.probability = probability
        }
    }

    /// Every class, in the order of the model's labels.
    public var classes: [Class]
    /// The values of further outputs by their labels.
    public var values: [String: Float]

    /// The most probable class, of equal ones the first.
    public var best: Class? {
        classes.reduce(nil) { best, other in
            guard let best, best.probability >= other.probability else { return other }
            return best
        }
    }

    /// The probability of a class; `nil` when the model does not know it.
    public func probability(of label: String) -> Float? { classes.first { $0.label == label }?.probability }
}
