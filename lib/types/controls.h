/* controls.h: which controls a held property serves: PCI DSS v4.0.1, NIST SP 800-53 R5, the
 * Microsoft cloud security benchmark (MCSB), articles of the GDPR, and the built-in Azure Policy
 * that says the same. Each names all five, "none" where there is none. "own" marks a reading of
 * ours that the initiative of Azure Policy does not list; "v2" a control of the benchmark's second
 * version. */
#pragma once

/* Nothing of these asks for it. */
#define CONTROL_NONE "none"

#define CONTROL_PURGE_PROTECTION                                                                   \
    "PCI DSS 3.6.1, 3.7.1 (own); NIST CP-9; MCSB DP-8; GDPR 24, 25, 28, 32; "                      \
    "Azure Policy 0b60c0b2-2dc2-4e1c-b5c9-abbed971de53"
#define CONTROL_SOFT_DELETE                                                                        \
    "PCI DSS 3.6.1, 3.7.1 (own); NIST CP-9; MCSB DP-8; GDPR 24, 25, 28, 32; "                      \
    "Azure Policy 1e66c121-a66a-4b1f-9b83-0fd99bf0fc2d"
#define CONTROL_VAULT_FIREWALL                                                                     \
    "PCI DSS 1.4.4; NIST AC-4, SC-7; MCSB NS-2, DP-8; GDPR 32 (own); "                             \
    "Azure Policy 55615ac9-af46-4a59-874e-391cc3dfb490"
#define CONTROL_VAULT_PUBLIC                                                                       \
    "PCI DSS 1.4.4 (own); NIST AC-4, SC-7; MCSB NS-2; GDPR 32 (own); "                             \
    "Azure Policy 405c5871-3e91-4644-8a63-58e19d68ff5b"
#define CONTROL_VAULT_RBAC                                                                         \
    "PCI DSS 7.2.4, 7.2.5.1; NIST AC-2(1), AC-3(7); MCSB PA-7; GDPR 24, 25, 28, 32; "              \
    "Azure Policy 12d4fa5e-1f9f-4c21-97a9-b99b3c6611b5"
#define CONTROL_KEY_ROTATION                                                                       \
    "PCI DSS 3.6.1, 3.7.4 (own); NIST SC-12; MCSB DP-6 (own); GDPR 24, 25, 28, 32; "               \
    "Azure Policy d8cf8476-a2ec-4916-896e-992351803c44"
#define CONTROL_KEY_EXPIRY                                                                         \
    "PCI DSS 3.6.1, 3.7.1; NIST SC-12; MCSB DP-6; GDPR 24, 25, 28, 32; "                           \
    "Azure Policy 152b15f7-8e1f-4c1f-ab71-8c010ba5dbc0"
#define CONTROL_KEY_ACTIVE                                                                         \
    "PCI DSS 3.7.4 (own); NIST SC-12 (own); MCSB DP-6 (own); GDPR 32 (own); "                      \
    "Azure Policy c26e4b24-cf98-4c67-b48b-5a25c4c69eb9"
#define CONTROL_KEY_TYPE                                                                           \
    "PCI DSS 3.6.1, 3.7.1; NIST SC-13; MCSB DP-6 (own); GDPR 24, 25, 28, 32; "                     \
    "Azure Policy 75c4f823-d65c-4f29-a733-01d0077fdbcb"
#define CONTROL_KEY_SIZE                                                                           \
    "PCI DSS 3.6.1, 3.7.1; NIST SC-13; MCSB DP-6 (own); GDPR 24, 25, 28, 32; "                     \
    "Azure Policy 82067dbb-e53b-4e06-b631-546d197452d9"
#define CONTROL_KEY_HSM                                                                            \
    "PCI DSS 3.6.1.2 (own); NIST SC-12(3), SC-13 (own); MCSB DP-6 (own); GDPR 32 (own); "          \
    "Azure Policy 587c79fe-dd04-4a5e-9d0b-f89598c7261b"
#define CONTROL_KEY_USE                                                                            \
    "PCI DSS 3.6.1 (own); NIST SC-12, AC-6 (own); MCSB DP-6 (own); GDPR 32 (own); "                \
    "Azure Policy none"
#define CONTROL_KEY_EXPORT                                                                         \
    "PCI DSS 3.6.1.2, 3.7.2 (own); NIST SC-12 (own); MCSB DP-6 (own); GDPR 32 (own); "             \
    "Azure Policy none"
#define CONTROL_CMK                                                                                \
    "PCI DSS 3.5.1, 3.6.1 (own); NIST SC-12, SC-28(1); MCSB DP-5; GDPR 24, 25, 28, 32; "           \
    "Azure Policy 67121cc7-ff39-4ab8-b7e3-95b84dab487d"
#define CONTROL_ACCOUNT_FIREWALL                                                                   \
    "PCI DSS 1.2.1, 1.4.4 (own); NIST AC-4, SC-7; MCSB NS-2; GDPR 24, 25, 28, 32; "                \
    "Azure Policy 037eea7a-bd0a-46c5-9a66-03aea78705d3"
#define CONTROL_ACCOUNT_IDENTITY                                                                   \
    "PCI DSS 7.2.5 (own); NIST IA-4 (own); MCSB IM-3 (own); GDPR 32 (own); "                       \
    "Azure Policy fe3fd216-4f83-4fc1-8984-2bbec80a3418"
#define CONTROL_ACCOUNT_LOCAL_AUTH                                                                 \
    "PCI DSS 8.3, 8.6 (own); NIST AC-2, IA-2; MCSB IM-1; GDPR 24, 25, 28, 32; "                    \
    "Azure Policy 71ef260a-8f18-47b7-abcb-62d0673d94dc"
#define CONTROL_ACCOUNT_OUTBOUND                                                                   \
    "PCI DSS 1.3.2 (own); NIST SC-7(5), SC-7(10) (own); MCSB NS-2 (own); GDPR 32 (own); "          \
    "Azure Policy none"
#define CONTROL_AUDIT_LOG                                                                          \
    "PCI DSS 10.2.1 (own); NIST AU-6(4), AU-12 (own); MCSB LT-3; GDPR 24, 25, 28, 32; "            \
    "Azure Policy cf820ca0-f99e-4f3e-84fb-66e913812d21, 1b4d1c4e-934c-4703-944c-27c82c06bebb"
#define CONTROL_PRIVATE_LINK                                                                       \
    "PCI DSS 1.2.1, 1.4.4 (own); NIST AC-4, AC-17, SC-7; MCSB NS-2, DP-8; GDPR 24, 25, 28, 32; "   \
    "Azure Policy a6abeaec-4d90-4a02-805f-6b26c4d3fbe9, d6759c02-b87f-42b7-892e-71b3f471d782"
#define CONTROL_LOCK                                                                               \
    "PCI DSS 6.5.1 (own); NIST CM-5 (own), SI-12 (own); MCSB PA-7 (own); GDPR 32 (own); "          \
    "Azure Policy none"
#define CONTROL_GRANT                                                                              \
    "PCI DSS 7.2.1 (own); NIST AC-6 (own); MCSB PA-7 (own); GDPR 32 (own); Azure Policy none"
#define CONTROL_RESIDENCY                                                                          \
    "PCI DSS none; NIST SA-9(5) (own); MCSB none; GDPR 44 (own); "                                 \
    "Azure Policy e56962a6-4747-49cd-b67b-bf8b01975c4c"
#define CONTROL_DATA_ZONE                                                                          \
    "PCI DSS none; NIST SA-9(5) (own); MCSB none; GDPR 44 (own); Azure Policy none"
#define CONTROL_LEAST_FUNCTION                                                                     \
    "PCI DSS 2.2.4 (own); NIST CM-7 (own); MCSB PA-7 (own); GDPR 25 (own); Azure Policy none"
#define CONTROL_MODEL                                                                              \
    "PCI DSS 6.3.2 (own); NIST CM-7(5), SA-10 (own); MCSB v2 AI-1 (own); GDPR 25 (own); "          \
    "Azure Policy aafe3651-cb78-4f68-9f81-e7e41509110f"
#define CONTROL_MODEL_CHANGE                                                                       \
    "PCI DSS 6.5.1 (own); NIST CM-3 (own); MCSB v2 AI-1 (own); GDPR 32 (own); Azure Policy none"
#define CONTROL_CAPACITY                                                                           \
    "PCI DSS none; NIST SC-5(2), CP-2(2) (own); MCSB none; GDPR 32 (own); Azure Policy none"
#define CONTROL_CONTENT_FILTER                                                                     \
    "PCI DSS none; NIST SI-3, SI-4, SI-15 (own); MCSB v2 AI-2 (own); GDPR 25 (own); "              \
    "Azure Policy none"
