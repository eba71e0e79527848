/// Plate numbers in the form in which they are kept and compared.
public enum PlateText {
    /// Upper case A–Z and 0–9 only. Full-width forms are folded to ASCII (of NFKC the part that plates meet), letters
    /// raised, marks dropped (Ä, Ö, Ü and their like become A, O, U: German and Nordic plates are typed both ways),
    /// Cyrillic and Greek capitals that look like Latin ones become those (plates of these countries use only them).
    /// Everything else (blanks, hyphens, all sorts of dots, other scripts) is left out.
    public static func normalized(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            for raised in halfWidth(scalar).properties.uppercaseMapping.unicodeScalars {
                let latin = lookAlikes[raised] ?? raised
                if isKept(latin) { result.append(latin) }
            }
        }
        return String(result)
    }

    /// The normalised text with letters that plates print like digits as those digits: O as 0 and I as 1. Two readings
    /// are taken as equal when these are; never shown.
    public static func folded(_ text: String) -> String {
        String(
            normalized(text).map { character in
                switch character {
                case "O": "0"
                case "I": "1"
                default: character
                }
            })
    }

    private static func isKept(_ scalar: Unicode.Scalar) -> Bool {
        ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
    }

    /// Capitals of other alphabets, and Latin ones with marks, as what they look like.
    private static let lookAlikes: [Unicode.Scalar: Unicode.Scalar] = {
        let alphabets: [(from: String, to: String)] = [
            ("АВЕКМНОРСТУХІЈЅ", "ABEKMHOPCTYXIJS"),  // Cyrillic; И, Й and others resemble none
            ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),  // Greek
            ("ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝŠŽČĆĐŁŚŹŻŞĞİ", "AAAAAACEEEEIIIINOOOOOOUUUUYSZCCDLSZZSGI"),
        ]
        var map: [Unicode.Scalar: Unicode.Scalar] = [:]
        for (from, to) in alphabets { map.merge(zip(from.unicodeScalars, to.unicodeScalars)) { first, _ in first } }
        return map
    }()

    /// U+FF01…U+FF5E are U+0021…U+007E in full width.
    private static func halfWidth(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        guard (0xFF01...0xFF5E).contains(scalar.value) else { return scalar }
        return Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar
    }
}
