/**
 * What an action of a leg is called in ETSI EN 319 522 and in edXML, and the coded reasons it can
 * have: `ledger/exchange/vocabulary.py` and `reasons.py`, word for word (a test compares them).
 */

/** By action: the ERDSEventId, further events the same evidence stands for, the edXML StatusCode. */
export const EVENTS = {
  SUBMIT: {
    uri: "http://uri.etsi.org/19522/Event/SubmissionAcceptance",
    implied: [],
    statusCode: null,
  },
  REJECT_SUBMISSION: {
    uri: "http://uri.etsi.org/19522/Event/SubmissionRejection",
    implied: [],
    statusCode: null,
  },
  RELAY: { uri: "http://uri.etsi.org/19522/Event/RelayAcceptance", implied: [], statusCode: null },
  FAIL_RELAY: {
    uri: "http://uri.etsi.org/19522/Event/RelayFailure",
    implied: [],
    statusCode: null,
  },
  ARRIVE: {
    uri: "http://uri.etsi.org/19522/Event/ContentConsignment",
    implied: ["http://uri.etsi.org/19522/Event/ConsignmentNotification"],
    statusCode: "01",
  },
  FAIL_CONSIGNMENT: {
    uri: "http://uri.etsi.org/19522/Event/ContentConsignmentFailure",
    implied: [],
    statusCode: null,
  },
  HAND_OVER: {
    uri: "http://uri.etsi.org/19522/Event/ContentHandover",
    implied: [],
    statusCode: null,
  },
  FAIL_HANDOVER: {
    uri: "http://uri.etsi.org/19522/Event/ContentHandoverFailure",
    implied: [],
    statusCode: null,
  },
  RECEIVE: {
    uri: "http://uri.etsi.org/19522/Event/ConsignmentAcceptance",
    implied: [],
    statusCode: "03",
  },
  REFUSE: {
    uri: "http://uri.etsi.org/19522/Event/ConsignmentRejection",
    implied: [],
    statusCode: "02",
  },
  ASSIGN: {
    uri: "https://ns.thanhhoa.example/exchange/event/Assignment",
    implied: [],
    statusCode: "04",
  },
  BEGIN: {
    uri: "https://ns.thanhhoa.example/exchange/event/Processing",
    implied: [],
    statusCode: "05",
  },
  FINISH: {
    uri: "https://ns.thanhhoa.example/exchange/event/Completion",
    implied: [],
    statusCode: "06",
  },
  REQUEST_RECALL: {
    uri: "https://ns.thanhhoa.example/exchange/event/RecallRequest",
    implied: [],
    statusCode: "13",
  },
  ACCEPT_RECALL: {
    uri: "https://ns.thanhhoa.example/exchange/event/RecallAcceptance",
    implied: [],
    statusCode: "15",
  },
  REFUSE_RECALL: {
    uri: "https://ns.thanhhoa.example/exchange/event/RecallRejection",
    implied: [],
    statusCode: "16",
  },
  WITHDRAW: {
    uri: "https://ns.thanhhoa.example/exchange/event/Withdrawal",
    implied: [],
    statusCode: null,
  },
  SUPERSEDE: {
    uri: "https://ns.thanhhoa.example/exchange/event/Supersession",
    implied: [],
    statusCode: null,
  },
  LOG_ACCESS: {
    uri: "http://uri.etsi.org/19522/Event/ContentAccessTracking",
    implied: [],
    statusCode: null,
  },
  ERASE: {
    uri: "https://ns.thanhhoa.example/exchange/event/Erasure",
    implied: [],
    statusCode: null,
  },
  EXPIRE: {
    uri: "http://uri.etsi.org/19522/Event/AcceptanceRejectionExpiry",
    implied: [],
    statusCode: null,
  },
  MARK_OVERDUE: {
    uri: "https://ns.thanhhoa.example/exchange/event/DeadlineMissed",
    implied: [],
    statusCode: null,
  },
};

/** By number. A number that ends in 99 says that the reason stands in the note. */
export const REASONS = {
  201: {
    action: "REJECT_SUBMISSION",
    name: "signature-invalid",
    code: "signature-invalid",
    vi: "Chữ ký số không hợp lệ",
    en: "A digital signature does not hold",
  },
  202: {
    action: "REJECT_SUBMISSION",
    name: "organization-signature-missing",
    code: "organization-signature-missing",
    vi: "Thiếu chữ ký số của cơ quan, tổ chức",
    en: "The organization's signature is missing",
  },
  203: {
    action: "REJECT_SUBMISSION",
    name: "person-signature-missing",
    code: "person-signature-missing",
    vi: "Thiếu chữ ký số của người có thẩm quyền",
    en: "The competent person's signature is missing",
  },
  204: {
    action: "REJECT_SUBMISSION",
    name: "secret-document",
    code: "secret-document",
    vi: "Văn bản có độ mật, không gửi qua hệ thống này",
    en: "Secret documents are not sent this way",
  },
  205: {
    action: "REJECT_SUBMISSION",
    name: "recipient-unknown",
    code: "recipient-unknown",
    vi: "Không xác định được cơ quan nhận",
    en: "The recipient is not known",
  },
  206: {
    action: "REJECT_SUBMISSION",
    name: "duplicate-number",
    code: "duplicate-number",
    vi: "Trùng số, ký hiệu văn bản",
    en: "Number and notation are taken",
  },
  207: {
    action: "REJECT_SUBMISSION",
    name: "format-refused",
    code: "format-refused",
    vi: "Định dạng hoặc dung lượng không được chấp nhận",
    en: "Format or size is not accepted",
  },
  401: {
    action: "FAIL_RELAY",
    name: "relay-unreachable",
    code: "relay-unreachable",
    vi: "Không kết nối được hệ thống bên nhận",
    en: "The other gateway cannot be reached",
  },
  402: {
    action: "FAIL_RELAY",
    name: "relay-rejected",
    code: "relay-rejected",
    vi: "Hệ thống trung gian từ chối chuyển tiếp",
    en: "The other gateway refuses to take it",
  },
  403: {
    action: "FAIL_RELAY",
    name: "relay-timeout",
    code: "relay-timeout",
    vi: "Quá thời gian chờ chuyển tiếp",
    en: "The other gateway gave no answer in time",
  },
  601: {
    action: "FAIL_CONSIGNMENT",
    name: "content-unavailable",
    code: "content-unavailable",
    vi: "Không tải được nội dung văn bản",
    en: "The content cannot be fetched",
  },
  602: {
    action: "FAIL_CONSIGNMENT",
    name: "content-differs",
    code: "content-differs",
    vi: "Nội dung tải về không khớp cam kết",
    en: "What was fetched is not what was committed to",
  },
  603: {
    action: "FAIL_CONSIGNMENT",
    name: "storage-failed",
    code: "storage-failed",
    vi: "Hệ thống bên nhận không lưu được văn bản",
    en: "The recipient's system cannot store it",
  },
  801: {
    action: "FAIL_HANDOVER",
    name: "decryption-failed",
    code: "decryption-failed",
    vi: "Không giải mã được nội dung",
    en: "The content cannot be decrypted",
  },
  802: {
    action: "FAIL_HANDOVER",
    name: "malware-found",
    code: "malware-found",
    vi: "Tệp có mã độc",
    en: "Malware was found in a file",
  },
  803: {
    action: "FAIL_HANDOVER",
    name: "file-unreadable",
    code: "file-unreadable",
    vi: "Không đọc được tệp",
    en: "A file cannot be read",
  },
  1001: {
    action: "REFUSE",
    name: "not-authentic",
    code: "RC08",
    vi: "Văn bản không bảo đảm tính xác thực, toàn vẹn",
    en: "Authenticity or integrity is not assured",
  },
  1002: {
    action: "REFUSE",
    name: "wrong-recipient",
    code: "RC08",
    vi: "Gửi sai nơi nhận",
    en: "Sent to the wrong recipient",
  },
  1003: {
    action: "REFUSE",
    name: "rules-violated",
    code: "RC08",
    vi: "Không đúng quy định về gửi, nhận văn bản điện tử",
    en: "The rules of sending electronic documents are not kept",
  },
  1099: {
    action: "REFUSE",
    name: "in-words",
    code: "RC08",
    vi: "Lý do nêu trong ghi chú",
    en: "The reason stands in the note",
  },
  1401: {
    action: "REQUEST_RECALL",
    name: "content-wrong",
    code: "content-wrong",
    vi: "Văn bản có sai sót về nội dung",
    en: "The content is wrong",
  },
  1402: {
    action: "REQUEST_RECALL",
    name: "form-wrong",
    code: "form-wrong",
    vi: "Văn bản có sai sót về thể thức, kỹ thuật trình bày",
    en: "The form is wrong",
  },
  1403: {
    action: "REQUEST_RECALL",
    name: "competence-lacking",
    code: "competence-lacking",
    vi: "Văn bản ban hành không đúng thẩm quyền",
    en: "It was issued without competence",
  },
  1404: {
    action: "REQUEST_RECALL",
    name: "sent-by-mistake",
    code: "sent-by-mistake",
    vi: "Gửi nhầm",
    en: "It was sent by mistake",
  },
  1499: {
    action: "REQUEST_RECALL",
    name: "in-words",
    code: "in-words",
    vi: "Lý do nêu trong ghi chú",
    en: "The reason stands in the note",
  },
  1601: {
    action: "REFUSE_RECALL",
    name: "already-carried-out",
    code: "already-carried-out",
    vi: "Văn bản đã được thi hành",
    en: "It was carried out already",
  },
  1602: {
    action: "REFUSE_RECALL",
    name: "recall-unfounded",
    code: "recall-unfounded",
    vi: "Không có căn cứ thu hồi",
    en: "There is no ground for the recall",
  },
  1603: {
    action: "REFUSE_RECALL",
    name: "kept-by-law",
    code: "kept-by-law",
    vi: "Phải lưu giữ theo quy định của pháp luật",
    en: "It has to be kept by law",
  },
  1699: {
    action: "REFUSE_RECALL",
    name: "in-words",
    code: "in-words",
    vi: "Lý do nêu trong ghi chú",
    en: "The reason stands in the note",
  },
  1701: {
    action: "WITHDRAW",
    name: "sent-by-mistake",
    code: "sent-by-mistake",
    vi: "Gửi nhầm",
    en: "It was sent by mistake",
  },
  1702: {
    action: "WITHDRAW",
    name: "document-wrong",
    code: "document-wrong",
    vi: "Văn bản có sai sót",
    en: "The document is wrong",
  },
  1703: {
    action: "WITHDRAW",
    name: "no-longer-needed",
    code: "no-longer-needed",
    vi: "Không còn cần gửi",
    en: "It need not be sent any more",
  },
  2001: {
    action: "ERASE",
    name: "retention-over",
    code: "retention-over",
    vi: "Hết thời hạn bảo quản",
    en: "The time to keep it is over",
  },
  2002: {
    action: "ERASE",
    name: "data-subject-request",
    code: "data-subject-request",
    vi: "Theo yêu cầu của chủ thể dữ liệu cá nhân",
    en: "On request of the person the data are about",
  },
  2003: {
    action: "ERASE",
    name: "authority-order",
    code: "authority-order",
    vi: "Theo quyết định của cơ quan có thẩm quyền",
    en: "By order of a competent authority",
  },
  2004: {
    action: "ERASE",
    name: "purpose-fulfilled",
    code: "purpose-fulfilled",
    vi: "Đã hoàn thành mục đích xử lý",
    en: "The purpose of processing is fulfilled",
  },
  2101: {
    action: "EXPIRE",
    name: "answer-window-over",
    code: "answer-window-over",
    vi: "Hết thời hạn trả lời tiếp nhận",
    en: "The time to answer is over",
  },
  2201: {
    action: "MARK_OVERDUE",
    name: "deadline-missed",
    code: "deadline-missed",
    vi: "Quá thời hạn",
    en: "A deadline has passed",
  },
};

const REASON_URI = "https://ns.thanhhoa.example/exchange/reason/";

/** The reason as it stands in evidence. */
export function reasonJson(number) {
  const { name, code, vi, en } = REASONS[number];
  return { number, code, uri: REASON_URI + name, detail: vi, detailEn: en };
}
