/** Why a folder cannot be served, in one clear sentence for the operator: the host prints it and exits with 78. */
export class CannotManage extends Error {
  override readonly name = 'CannotManage'
}
