import ModelCatalog
import Vision

// The decoders that a catalogue entry names, with its parameters. Each throws `unsupportedModel` for an entry of another
// kind or without what it needs.

extension CatalogEntry {
    fileprivate func unsupported(_ reason: String) -> PipelineError {
        PipelineError(.unsupportedModel, "\(identity): \(reason)")
    }

    fileprivate func refused(as purpose: String) -> PipelineError {
        unsupported("the decoder \(decoder.kind.rawValue) \(purpose)")
    }
}

extension PoseDecoder {
    init(_ entry: CatalogEntry) throws(PipelineError) {
        switch entry.decoder.kind {
        case .movenet: self = .moveNet
        case .blazepose: self = .blazePose
        default: throw entry.refused(as: "gives no pose of a crop")
        }
    }
}

extension FaceMeshDecoder {
    init(_ entry: CatalogEntry) throws(PipelineError) {
        guard entry.decoder.kind == .facemesh else { throw entry.refused(as: "gives no face mesh") }
        self.init()
    }
}

extension LandmarkDecoder {
    init(_ entry: CatalogEntry) throws(PipelineError) {
        guard entry.decoder.kind == .points else { throw entry.refused(as: "gives no landmarks") }
        guard let points = entry.decoder.points else { throw entry.unsupported("decoder.points is missing") }
        self.init(pointCount: points, output: entry.decoder.output)
    }
}

extension CTCTextDecoder {
    /// - Parameter metadata: of the model's file, in which some models carry their alphabet.
    init(
        _ entry: CatalogEntry, metadata: [String: String], plateCharactersOnly: Bool
    ) throws(PipelineError) {
        guard entry.decoder.kind == .ctcText else { throw entry.refused(as: "reads no text of any length") }
        self.init(
            alphabet: try Self.alphabet(entry, metadata: metadata), plateCharactersOnly: plateCharactersOnly)
    }

    /// One character a class: in the catalogue one code point each, since alphabets hold combining marks; in the file one
    /// a line, after which PaddleOCR's models have one more class, the space.
    private static func alphabet(
        _ entry: CatalogEntry, metadata: [String: String]
    ) throws(PipelineError) -> [Character] {
        if let alphabet = entry.decoder.alphabet { return alphabet.unicodeScalars.map(Character.init) }
        guard let key = entry.decoder.alphabetMetadata, let text = metadata[key] else {
            throw entry.unsupported("the file does not carry its alphabet")
        }
        // A line break of two code points would be one Character: lines are cut at the code point.
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        guard lines.allSatisfy({ $0.count == 1 }) else {
            throw entry.unsupported("the alphabet in the file has lines that are not one character")
        }
        return lines.compactMap(\.first) + (lines.contains(" ") ? [] : [" "])
    }
}

extension TextRegionDecoder {
    init(_ entry: CatalogEntry) throws(PipelineError) {
        guard entry.decoder.kind == .dbText else { throw entry.refused(as: "finds no text") }
        let standard = TextRegionDecoder()
        self.init(
            binarisation: entry.decoder.binarisation.map(Float.init) ?? standard.binarisation,
            unclip: entry.decoder.unclip.map(Float.init) ?? standard.unclip)
    }
}

extension EmbeddingDecoder {
    init(_ entry: CatalogEntry) throws(PipelineError) {
        guard entry.decoder.kind == .embedding else { throw entry.refused(as: "gives no vectors") }
        guard let dimensions = entry.decoder.dimensions, dimensions > 0 else {
            throw entry.unsupported("decoder.dimensions is missing")
        }
        self.init(dimensions: dimensions, output: entry.decoder.output)
    }
}

extension ClassifierDecoder {
    /// The attributes of a person are independent of one another and given as probabilities; classes of all other models
    /// exclude one another, as probabilities or as logits.
    init(_ entry: CatalogEntry) throws(PipelineError) {
        guard entry.decoder.kind == .classifier else { throw entry.refused(as: "gives no classes") }
        guard !entry.labels.isEmpty else { throw entry.unsupported("labels are missing") }
        self.init(
            labels: entry.labels, output: entry.decoder.output,
            activation: entry.task == .personAttributes ? .none : .softmaxUnlessDistribution,
            furtherOutputs: (entry.decoder.furtherOutputs ?? []).map { Output(name: $0.name, labels: $0.labels) })
    }
}
